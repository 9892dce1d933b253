# Inside BERT in a container, for the CPU:
#
#     docker build -t inside-bert .
#     docker run --rm -p 127.0.0.1:8888:8888 -v inside-bert:/learner inside-bert
#
# The notebooks that a learner changes, and their progress, are in the volume; the course itself nobody there can change.
FROM python:3.12-slim

# PyTorch has a layer of its own: it is most of the image, and changes only with its pin.
COPY constraints.txt tools/container.sh /source/
RUN sh /source/container.sh torch /source /opt/inside-bert

COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE LICENSE-CONTENT /source/
COPY course_utils /source/course_utils
COPY notebooks /source/notebooks
COPY exercises /source/exercises
COPY solutions /source/solutions
RUN sh /source/container.sh course /source /opt/inside-bert && sh /source/container.sh learner /learner

# A home of another number works, too: docker run --user "$(id -u)" -v "$PWD/mine:/learner" ...
ENV PATH=/opt/inside-bert/bin:$PATH HOME=/learner USER=learner
USER learner
WORKDIR /learner
VOLUME /learner
EXPOSE 8888
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8888/api', timeout=9)"]
CMD ["inside-bert", "/learner/inside-bert", "--ip=0.0.0.0", "--port=8888", "--ServerApp.port_retries=0", "--no-browser"]
