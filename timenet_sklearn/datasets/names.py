"""Names of data sets: what the paper uses them for, how the archives call them."""

from __future__ import annotations

from collections.abc import Mapping

#: The paper's 18 sets for pre-training, training and test parts together.
PRETRAINING_SETS = tuple(
    """
    ItalyPowerDemand SonyAIBORobotSurface1 SonyAIBORobotSurface2 TwoLeadECG FacesUCR
    Plane GunPoint ArrowHead WordSynonyms ToeSegmentation1 ToeSegmentation2
    Lightning7 DiatomSizeReduction OSULeaf Ham Fish ShapeletSim ShapesAll
    """.split()
)

#: The paper's 6 sets for validation.
VALIDATION_SETS = ("MoteStrain", "CBF", "Trace", "Symbols", "Herring", "Earthquakes")

#: 18 more sets to pre-train on, which the paper does not use.
EXTRA_PRETRAINING_SETS = tuple(
    """
    Beef BeetleFly BirdChicken EOGHorizontalSignal EOGVerticalSignal FaceAll FiftyWords
    GunPointAgeSpan GunPointMaleVersusFemale GunPointOldVersusYoung HouseTwenty
    PigAirwayPressure PigArtPressure PigCVP RefrigerationDevices Rock ScreenType
    SmallKitchenAppliances
    """.split()
)

#: Nine more of which the training part alone is pre-trained on.
EXTRA_TRAINING_PARTS = tuple(
    """
    CinCECGTorso Crop FreezerRegularTrain FreezerSmallTrain InlineSkate
    InsectWingbeatSound Mallat MixedShapesSmallTrain Phoneme
    """.split()
)

#: The paper's 30 UCR test sets, in the order of its Table 1.
TEST_SETS = tuple(
    """
    SyntheticControl PhalangesOutlinesCorrect DistalPhalanxOutlineAgeGroup
    DistalPhalanxOutlineCorrect DistalPhalanxTW MiddlePhalanxOutlineAgeGroup
    MiddlePhalanxOutlineCorrect MiddlePhalanxTW ProximalPhalanxOutlineAgeGroup
    ProximalPhalanxOutlineCorrect ProximalPhalanxTW ElectricDevices MedicalImages
    SwedishLeaf TwoPatterns ECG5000 ECGFiveDays Wafer ChlorineConcentration Adiac
    Strawberry CricketX CricketY CricketZ UWaveGestureLibraryX UWaveGestureLibraryY
    UWaveGestureLibraryZ Yoga FordA FordB
    """.split()
)

#: Sets whose training and test parts the 2018 archive swaps, with the number of
#: series in the training part of 2015 (the test part of 2018).
SWAPPED_IN_2018: Mapping[str, int] = {
    "DistalPhalanxOutlineAgeGroup": 139,
    "DistalPhalanxOutlineCorrect": 276,
    "DistalPhalanxTW": 139,
    "MiddlePhalanxOutlineAgeGroup": 154,
    "MiddlePhalanxOutlineCorrect": 291,
    "MiddlePhalanxTW": 154,
    "ProximalPhalanxTW": 205,
    "Strawberry": 370,
    "FordA": 1320,
    "FordB": 810,
    "Earthquakes": 139,
}

#: Sets that sktime carries inside its package.
BUNDLED_SETS = (
    "ACSF1",
    "ArrowHead",
    "BasicMotions",
    "GunPoint",
    "ItalyPowerDemand",
    "JapaneseVowels",
    "OSULeaf",
    "PLAID",
    "UnitTest",
)

#: File names of the 2015 archive, where they differ from those of 2018.
NAMES_2015 = {
    "CinCECGTorso": "CinC_ECG_torso",
    "CricketX": "Cricket_X",
    "CricketY": "Cricket_Y",
    "CricketZ": "Cricket_Z",
    "FiftyWords": "50words",
    "Fish": "FISH",
    "GunPoint": "Gun_Point",
    "Lightning2": "Lighting2",
    "Lightning7": "Lighting7",
    "Mallat": "MALLAT",
    "NonInvasiveFetalECGThorax1": "NonInvasiveFatalECG_Thorax1",
    "NonInvasiveFetalECGThorax2": "NonInvasiveFatalECG_Thorax2",
    "SonyAIBORobotSurface1": "SonyAIBORobotSurface",
    "SonyAIBORobotSurface2": "SonyAIBORobotSurfaceII",
    "SyntheticControl": "synthetic_control",
    "TwoPatterns": "Two_Patterns",
    "UWaveGestureLibraryX": "uWaveGestureLibrary_X",
    "UWaveGestureLibraryY": "uWaveGestureLibrary_Y",
    "UWaveGestureLibraryZ": "uWaveGestureLibrary_Z",
    "Wafer": "wafer",
    "WordSynonyms": "WordsSynonyms",
    "Yoga": "yoga",
}
NAMES_2018 = {old: new for new, old in NAMES_2015.items()}
