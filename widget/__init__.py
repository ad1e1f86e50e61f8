"""The embeddable chat widget: plain files that signpost/page.py serves as they stand."""
