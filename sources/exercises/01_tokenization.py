# %% [markdown]
# # Exercises 01 · Text to ids

# %%
from course_utils import check_wordpiece

# %% [markdown]
# Cut a word.
#
# - [ ] wrong | because `x`
# - [x] right | because

# %%
# exercise: wordpiece, hard, 20 minutes
