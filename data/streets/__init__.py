"""Street files -> a street map: OpenStreetMap extracts and centrelines. Pure but for reading the
file.
"""
