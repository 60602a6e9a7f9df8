"""The paper's Table 1 and Figure 2: computed anew, and laid out beside the paper's."""

#: The methods that Table 1 compares, a column each: the paper's seven, and pooling.
METHODS = (
    *("DTW-C", "SAE-C", "TN-C", "TN-C_2/3", "TN-C_L1", "TN-C_L2", "TN-C_L3"),
    "TN-C pooled",
)

#: Draws of which a cell of a method is the mean; of the others there is one.
N_DRAWS = {"TN-C_2/3": 5}

#: The paper's own data, with the sets that stand in for them.
PRIVATE_SET = "IndustrialMultivariate"
STAND_INS = ("BasicMotions", "JapaneseVowels")

#: Formats of the report, and the files they are written to.
FORMATS = {
    "text": "table1.txt",
    "csv": "table1.csv",
    "markdown": "table1.md",
    "latex": "table1.tex",
    "html": "report.html",
}
