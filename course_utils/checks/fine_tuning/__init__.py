"""The checks of lesson 12: a head, its gradients and the steps that train it, in whole and in low rank."""
