"""The watch itself: its log, its handover, its briefing, and what is ahead of it."""
