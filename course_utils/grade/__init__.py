"""Grades a class: `inside-bert-grade submissions/ --out grades/`, or `python -m course_utils.grade`.

The way of a submission, from the folder to the tables:

    __main__.py     starts the command
    command.py      the command: reads what a teacher gave, has it graded, and has written what comes of it
    options.py      its options, and what is wrong with them
    handed_in/      whose notebooks are in a folder or a zip, and of which lesson
    workers.py      the class, on this machine: several workers, and nothing is done twice
    cluster.py      the class, on many machines, with Dask
    station.py      what a machine needs: the judge and the two sandboxes, set up once
    grading.py      one learner, from the notebooks to the record
    extract/        from the notebooks to the answers; nothing is run
    one_learner.py  which answers are run together, and what is tried again
    sandbox/        the learner's functions are run, where there are no answers
    judging.py      the judge: makes the inputs, and compares what came back with the answer key
    known.py        the verdicts and cards that the same code has had before
    explaining.py   the sandbox that has the answers: the card for what has failed
    marks/          the points, and the tables, rosters and gradebooks that they go to
    report/         the pages: feedback for each learner, the class, similar answers

Used all along the way:

    records.py      what the parts hand to each other
    errors.py       what is wrong with what a teacher gave, in one sentence
    whole.py        writes a file whole or not at all

Beside it, to see that the sandbox holds:

    doctor.py       `--doctor`: attacks the sandbox, and says what was stopped
    attacks.py      the attacks
"""
