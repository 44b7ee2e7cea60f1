"""Exports: the numbers of an analysis, and the page as one file that needs no server.

Does not belong here: the menu (see ``viewer.views``), and the picture, which the browser draws.
"""
