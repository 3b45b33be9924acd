"""What a file holds, whoever made it: sheets, layers and lists as tables of headings and values."""
