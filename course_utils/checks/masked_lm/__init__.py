"""The checks of lesson 11: masking judged by what every right draw has in common, training by what it leaves behind."""
