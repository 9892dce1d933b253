"""What maintainers run: the installer, the launcher of JupyterLab and the notebook builder."""
