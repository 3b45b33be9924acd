"""Paper and spreadsheets: duty sheets and storm reports, written without a page."""
