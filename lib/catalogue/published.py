"""What a published report is held against: the code of its figures, beside its texts (see lib.workflow.made_with)."""

FIGURE_CODE = (
    "lib/figures/*.py",
    "lib/studies/*.py",
    "lib/report/figures.py",
    "lib/report/figure_words.py",
    "scripts/draw_*.py",
    "scripts/translate_figures.py",
)
