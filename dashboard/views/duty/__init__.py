"""The page of the watch: its log, the handover, the briefings."""
