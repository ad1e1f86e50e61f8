"""Signpost: a person says what is happening and gets the line that fits."""
