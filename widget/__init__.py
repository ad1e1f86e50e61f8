"""The embeddable chat widget: plain files that signpost/serving/page.py serves as they stand."""
