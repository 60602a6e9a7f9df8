"""The paper's Table 1: its columns, and what is needed to compare them."""

#: Formats of the report, and the files they are written to.
FORMATS = {
    "text": "table1.txt",
    "csv": "table1.csv",
    "markdown": "table1.md",
    "latex": "table1.tex",
    "html": "report.html",
}
