"""Plain data over the wire: what goes in comes out, and nothing else can come in."""

import json
import socket
import struct
import threading
import time
from collections import OrderedDict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.grade.sandbox import wire
from course_utils.judge.words import Raised

numbers = st.one_of(st.integers(-(2**190), 2**190), st.floats(allow_nan=False), st.booleans(), st.none(), st.text())
values = st.recursive(
    numbers,
    lambda inside: st.one_of(
        st.lists(inside), st.lists(inside).map(tuple), st.dictionaries(st.text() | st.integers(-(2**59), 2**59), inside)
    ),
    max_leaves=12,
)


def there_and_back(value, classes=None):
    packing = wire.Packing()
    message = {"value": packing.pack(value)}
    framed = wire.to_bytes(message, packing.tensors)
    text, blob = struct.unpack("!II", framed[:8])
    message, tensors = wire.of_bytes(framed[8 : 8 + text], framed[8 + text : 8 + text + blob])
    return wire.unpack(message["value"], tensors, classes)


@settings(max_examples=200, deadline=None)
@given(values)
def test_plain_values_arrive_as_they_were_sent(value):
    arrived = there_and_back(value)
    assert arrived == value
    assert repr(arrived) == repr(value)  # 1 is not True, and a tuple is not a list


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.int64, torch.bool])
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (1, 0, 4)])
def test_tensors_arrive_with_shape_dtype_and_values(dtype, shape):
    tensor = (torch.arange(24)[: torch.Size(shape).numel()].reshape(shape) - 3).to(dtype)
    arrived = there_and_back([tensor, tensor.T if tensor.dim() == 2 else tensor])
    assert arrived[0].dtype == dtype
    assert torch.equal(arrived[0], tensor)
    assert torch.equal(arrived[1], tensor.T if tensor.dim() == 2 else tensor)


def test_views_of_one_tensor_and_gradients_are_no_obstacle():
    base = torch.randn(3, 4, requires_grad=True)
    one, other = there_and_back((base[:2], base.expand(2, 3, 4)))
    assert torch.equal(one, base[:2])
    assert other.shape == (2, 3, 4)
    assert not one.requires_grad


def test_infinities_and_nan_arrive():
    assert there_and_back([float("inf"), -float("inf")]) == [float("inf"), -float("inf")]
    assert there_and_back(float("nan")) != 0
    assert torch.isnan(there_and_back(torch.tensor([float("nan")]))).all()


def test_subclasses_arrive_as_what_they_are_made_of():
    class Yes(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            return True

    assert type(there_and_back(torch.zeros(2).as_subclass(Yes))) is torch.Tensor
    assert there_and_back(OrderedDict(a=1)) == {"a": 1}
    assert there_and_back(torch.Size([1, 2])) == (1, 2)


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, 1j, torch.nn.Linear(1, 1), 2**300, torch.zeros(1, dtype=torch.complex64), print]
)
def test_what_is_no_plain_data_is_equal_to_nothing(value):
    packing = wire.Packing()
    packing.pack([value])
    assert packing.foreign
    arrived = there_and_back(value)
    assert isinstance(arrived, wire.Foreign)
    assert arrived != value


def test_only_the_classes_that_are_expected_are_made():
    assert there_and_back(Raised("ValueError"), {"Raised": Raised}) == Raised("ValueError")
    assert isinstance(there_and_back(Raised("ValueError")), wire.Foreign)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"\xff\xfe", b"{", b'"text"', b"[" * 100_000, b'{"a": 1' + b"0" * 5000 + b"}"],
    ids=["nothing", "a list", "no text", "cut off", "a string", "nested", "a number of 5,000 digits"],
)
def test_a_bad_message_is_refused(text):
    with pytest.raises(wire.Refused):
        wire.of_bytes(text, b"")


@pytest.mark.parametrize(
    "blob",
    [b"x", b"\x00" * 8, struct.pack("<Q", 2**63) + b"{}", b"\x80\x04.", b"\x10" + b"\x00" * 7 + b'{"0":{"dtype":1}'],
)
def test_bad_tensors_are_refused(blob):
    with pytest.raises(wire.Refused):
        wire.of_bytes(b"{}", blob)


@pytest.mark.parametrize(
    "structure", [[], {}, {"dict": [[{"list": []}, 1]]}, {"dict": [1]}, {"class": "Raised", "fields": {"nome": 1}}]
)
def test_a_bad_structure_is_refused(structure):
    with pytest.raises(wire.Refused):
        wire.unpack(structure, {}, {"Raised": Raised})


@pytest.mark.parametrize("structure", [{"tensor": "7"}, {"dtype": "float5"}, {"code": "print()"}, {"list": 3}])
def test_an_unknown_structure_is_foreign(structure):
    assert isinstance(wire.unpack(structure, {}), wire.Foreign)


def test_a_message_that_is_too_long_is_refused_before_it_is_read():
    here, there = socket.socketpair()
    with here, there:
        there.sendall(struct.pack("!II", 2**32 - 1, 0))
        with pytest.raises(wire.Refused, match="64 MB"):
            wire.receive(here)


@pytest.mark.parametrize("key", [2**61 - 1, {"tuple": [2**70]}, {"list": []}, {"tensor": "0"}])
def test_keys_that_could_collide_or_cannot_be_keys_are_refused(key):
    with pytest.raises(wire.Refused):
        wire.unpack({"dict": [[key, 0]]}, {"0": torch.zeros(1)})


def test_a_message_that_drips_is_given_up(tmp_path):
    here, there = socket.socketpair()
    with here, there:
        there.sendall(struct.pack("!II", 1000, 0) + b"{")
        with pytest.raises(TimeoutError):
            wire.receive(here, deadline=time.monotonic() + 0.1)


def test_a_message_that_is_cut_off_ends(tmp_path):
    here, there = socket.socketpair()
    with here:
        there.sendall(struct.pack("!II", 100, 0) + b"{")
        there.close()
        with pytest.raises(EOFError):
            wire.receive(here)


def test_a_long_message_arrives_in_pieces():
    here, there = socket.socketpair()
    message = {"text": "ä" * 1_000_000}
    with here, there:
        sender = threading.Thread(target=wire.send, args=(there, message))
        sender.start()
        assert wire.receive(here)[0] == json.loads(json.dumps(message))
        sender.join()
