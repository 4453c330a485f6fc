# Section: gray
