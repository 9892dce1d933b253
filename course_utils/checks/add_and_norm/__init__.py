"""The checks of lesson 04: sums and norms in which no tensor can stand in for another unseen."""
