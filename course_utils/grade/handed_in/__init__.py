"""What learners handed in, read: from a folder or a zip to each learner's notebooks. Nothing is unpacked to disk.

submissions.py whose notebook is whose, in the forms of each LMS; and a shard of a class
archive.py     all files in a folder or a zip, and in the zips inside, within bounds
layout.py      whose folder is whose, where no LMS has put a name to the files
naming.py      which lesson a name says, and what else it says
"""
