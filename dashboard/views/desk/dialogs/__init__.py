"""The desk's dialogs: one file for each thing that it does. None plans; a request is written, and
the loop answers it.
"""
