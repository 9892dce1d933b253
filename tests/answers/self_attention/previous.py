"""Weights that make every token look at the one before it: right ones, then wrong ones."""

import itertools
import math

import torch


def _keys(positions):
    """(tokens, hidden): the weight that makes a 1 at i of place i, and else 0."""
    return torch.linalg.pinv(positions).T


def previous_of_the_size_of_the_table(positions):
    undo, hidden = torch.linalg.pinv(positions), positions.shape[1]
    query = torch.zeros(hidden, hidden, dtype=positions.dtype)
    for i in range(1, len(positions)):
        query += torch.outer(undo[:, i - 1], undo[:, i])
    return 30 * math.sqrt(hidden) * query, torch.eye(hidden, dtype=positions.dtype)


def previous_by_least_squares(positions):
    ones = torch.eye(len(positions), dtype=positions.dtype)
    key = torch.linalg.lstsq(positions, ones).solution
    query = torch.linalg.lstsq(positions, 100 * ones[[0, *range(len(ones) - 1)]]).solution
    return query.T, key.T


def previous_where_the_first_looks_at_itself(positions):
    key = torch.linalg.solve(positions @ positions.T, positions)
    move = torch.zeros(len(key), len(key), dtype=key.dtype)
    move[range(len(key) - 1), range(1, len(key))] = 1
    move[0, 0] = 1
    return 60 * move @ key, key


def previous_with_the_strength_in_both(positions):
    key = _keys(positions) * 10
    return torch.cat([key[1:], key[:1]]), key


def previous_turned_in_space(positions):
    key = _keys(positions)
    turn = torch.linalg.qr(torch.arange(len(key) ** 2, dtype=key.dtype).reshape(len(key), -1).sin())[0]
    return 100 * turn @ key.roll(-1, dims=0), turn @ key


def previous_in_float64(positions):
    key = _keys(positions.double())
    return (80 * key.roll(-1, dims=0)).to(positions.dtype), key.to(positions.dtype)


def previous_by_far(positions):
    key = _keys(positions)
    return 1e5 * key.roll(-1, dims=0), key


def two_before(positions):
    key = _keys(positions)
    return 100 * key.roll(-2, dims=0), key


def always_at_the_first(positions):
    key = _keys(positions)
    query = torch.zeros_like(key)
    query[0] = 100 * key.sum(dim=0)
    return query, key


def previous_for_all_but_the_last(positions):
    key = _keys(positions)
    query = 100 * key.roll(-1, dims=0)
    query[-2] = 0
    return query, key


def previous_by_outer_products(positions):
    hidden = positions.shape[1]
    query = sum(torch.outer(before, now) for before, now in itertools.pairwise(positions))
    return 300 * query, torch.eye(hidden, dtype=positions.dtype)


def features_rolled(positions):
    key = _keys(positions)
    return 100 * key.roll(-1, dims=1), key


def queries_and_keys_themselves(positions):
    key = torch.eye(len(positions), dtype=positions.dtype)
    return 100 * key.roll(1, dims=0), key


def previous_of_another_head_size(positions):
    key = _keys(positions)
    return 100 * key[1:], key


def previous_weights_as_linear_does_not_store_them(positions):
    key = torch.linalg.pinv(positions)
    return 100 * key.roll(-1, dims=1), key


def previous_times_three(positions):
    key = _keys(positions)
    return 3 * key.roll(-1, dims=0), key


def query_and_key_weight_swapped(positions):
    key = _keys(positions)
    return key, 100 * key.roll(-1, dims=0)


def nothing_but_zeros(positions):
    return torch.zeros_like(positions), torch.zeros_like(positions)


def previous_at_right_angles(positions):
    return 20 * math.sqrt(len(positions)) * positions.roll(-1, dims=0), positions


def only_one_weight(positions):
    return _keys(positions)


def previous_of_five_tokens(positions):
    key = _keys(positions)
    return 100 * torch.eye(5).roll(1, dims=0).T @ key, key
