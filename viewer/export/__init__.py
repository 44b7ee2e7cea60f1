"""Taking an analysis away: its numbers, and the page as one file that needs no server.

Belongs here: what goes into the files. Does not belong here: the menu (see ``viewer.views``), and
the picture, which the browser draws (see ``component/export_picture.js``).
"""
