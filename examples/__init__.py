"""Applications to start and to look at; README.rst lists them."""
