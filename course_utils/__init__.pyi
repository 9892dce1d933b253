"""The names of `course_utils`. Written by `python -m tools.stubs`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor
from transformers import BertConfig, BertModel, BertTokenizer

from course_utils import my_bert as my_bert
from course_utils.checks.course import planted as planted
from course_utils.checks.course import with_functions as with_functions
from course_utils.clock import timed as timed
from course_utils.clock import timed_parts as timed_parts
from course_utils.figures.architecture import States
from course_utils.figures.masked_lm import History
from course_utils.figures.proof import show_proof as show_proof
from course_utils.figures.then_and_now import show_then_and_now as show_then_and_now
from course_utils.given.corpus import Sentence as Sentence
from course_utils.given.corpus import load_corpus as load_corpus
from course_utils.given.encoders import FusedSelfAttention as FusedSelfAttention
from course_utils.given.encoders import embed_sorted as embed_sorted
from course_utils.given.encoders import encoders as encoders
from course_utils.given.encoders import library as library
from course_utils.given.encoders import with_fused_qkv as with_fused_qkv
from course_utils.given.encoders import with_sdpa as with_sdpa
from course_utils.given.fewer_bits import Int8Linear as Int8Linear
from course_utils.given.fewer_bits import fewer_bits as fewer_bits
from course_utils.given.fewer_bits import in_bfloat16 as in_bfloat16
from course_utils.given.fewer_bits import in_int8 as in_int8
from course_utils.given.fewer_bits import int8_layers as int8_layers
from course_utils.given.fewer_bits import same_neighbour as same_neighbour
from course_utils.given.fine_tune import accuracy_interval as accuracy_interval
from course_utils.given.fine_tune import load_learning_curve as load_learning_curve
from course_utils.given.gradients import gradient_lengths as gradient_lengths
from course_utils.given.hidden_means import mean_hidden_states as mean_hidden_states
from course_utils.given.intents import IntentModel as IntentModel
from course_utils.given.intents import choose_per_class as choose_per_class
from course_utils.given.intents import fine_tuning_losses as fine_tuning_losses
from course_utils.given.intents import in_pieces as in_pieces
from course_utils.given.intents import intent_accuracy as intent_accuracy
from course_utils.given.intents import nearest_neighbours as nearest_neighbours
from course_utils.given.intents import pooled_vectors as pooled_vectors
from course_utils.given.intents import predict_intents as predict_intents
from course_utils.given.intents import shuffled_batches as shuffled_batches
from course_utils.given.limits import matrix_products as matrix_products
from course_utils.given.limits import operations as operations
from course_utils.given.lora import CORRECTED as CORRECTED
from course_utils.given.lora import LoRALinear as LoRALinear
from course_utils.given.lora import add_lora as add_lora
from course_utils.given.lora import merge as merge
from course_utils.given.messages import INTENTS as INTENTS
from course_utils.given.messages import load_messages as load_messages
from course_utils.given.messages import load_strangers as load_strangers
from course_utils.given.packed import DENSE as DENSE
from course_utils.given.packed import dense as dense
from course_utils.given.packed import equal_length_runs as equal_length_runs
from course_utils.given.packed import fused_layers as fused_layers
from course_utils.given.packed import on_every_core as on_every_core
from course_utils.given.packed import packed_attention as packed_attention
from course_utils.given.packed import packed_embeddings as packed_embeddings
from course_utils.given.packed import packed_encode as packed_encode
from course_utils.given.packed import packed_layer as packed_layer
from course_utils.given.packed import packed_mean as packed_mean
from course_utils.given.packed import packed_vectors as packed_vectors
from course_utils.given.packed import packs_by_length as packs_by_length
from course_utils.given.packed import prepared as prepared
from course_utils.given.race import full_race as full_race
from course_utils.given.sentences import WEIGHTS as WEIGHTS
from course_utils.given.sentences import all_or_few as all_or_few
from course_utils.given.sentences import mixed_sentences as mixed_sentences
from course_utils.given.tiny_language import ADJECTIVES as ADJECTIVES
from course_utils.given.tiny_language import PHRASES as PHRASES
from course_utils.given.tiny_language import PLACES as PLACES
from course_utils.given.tiny_language import SPECIAL_TOKENS as SPECIAL_TOKENS
from course_utils.given.tiny_language import SUBJECTS as SUBJECTS
from course_utils.given.tiny_language import VERBS as VERBS
from course_utils.given.tiny_language import question_kinds as question_kinds
from course_utils.given.tiny_language import tiny_beginnings as tiny_beginnings
from course_utils.given.tiny_language import tiny_corpus as tiny_corpus
from course_utils.given.tiny_language import tiny_vocabulary as tiny_vocabulary
from course_utils.given.tiny_model import TINY_CONFIG as TINY_CONFIG
from course_utils.given.tiny_model import MaskedLM as MaskedLM
from course_utils.given.tiny_model import attention_maps as attention_maps
from course_utils.given.tiny_model import silence as silence
from course_utils.given.tiny_model import training_losses as training_losses
from course_utils.given.trace import trace_layer as trace_layer
from course_utils.given.uncased import uncased as uncased
from course_utils.health import doctor as doctor
from course_utils.judge import Check
from course_utils.learner.certificate import certificate as certificate
from course_utils.learner.progress import progress as progress
from course_utils.model import load_model as load_model
from course_utils.model import weight_files as weight_files
from course_utils.real_bert.table import against_bert as against_bert
from course_utils.reference.add_and_norm import head_contributions as head_contributions
from course_utils.reference.add_and_norm import invisible_updates as invisible_updates
from course_utils.reference.add_and_norm import normalization_stats as normalization_stats
from course_utils.reference.add_and_norm import post_ln as post_ln
from course_utils.reference.add_and_norm import pre_ln as pre_ln
from course_utils.reference.add_and_norm import self_output as self_output
from course_utils.reference.add_and_norm import update_ratio as update_ratio
from course_utils.reference.attention_heads import ablate_head as ablate_head
from course_utils.reference.attention_heads import attention_entropy as attention_entropy
from course_utils.reference.attention_heads import attention_to as attention_to
from course_utils.reference.attention_heads import offset_attention as offset_attention
from course_utils.reference.attention_heads import value_weighted_attention as value_weighted_attention
from course_utils.reference.attention_heads import word_similarity_by_layer as word_similarity_by_layer
from course_utils.reference.embeddings import bert_embeddings as bert_embeddings
from course_utils.reference.embeddings import embedding_lookup as embedding_lookup
from course_utils.reference.embeddings import embedding_parameters as embedding_parameters
from course_utils.reference.embeddings import embedding_sum as embedding_sum
from course_utils.reference.embeddings import indistinguishable as indistinguishable
from course_utils.reference.embeddings import layer_norm as layer_norm
from course_utils.reference.embeddings import nearest_tokens as nearest_tokens
from course_utils.reference.encoder_layer import bert_layer as bert_layer
from course_utils.reference.encoder_layer import first_difference as first_difference
from course_utils.reference.encoder_layer import layer_parameters as layer_parameters
from course_utils.reference.encoder_layer import layer_params as layer_params
from course_utils.reference.encoder_layer import mended_layer as mended_layer
from course_utils.reference.encoder_layer import run_encoder as run_encoder
from course_utils.reference.encoder_layer import to_torch_layer as to_torch_layer
from course_utils.reference.feed_forward import ffn_parameter_share as ffn_parameter_share
from course_utils.reference.feed_forward import gelu as gelu
from course_utils.reference.feed_forward import gelu_tanh as gelu_tanh
from course_utils.reference.feed_forward import intermediate as intermediate
from course_utils.reference.feed_forward import is_position_wise as is_position_wise
from course_utils.reference.feed_forward import output as output
from course_utils.reference.feed_forward import write_neuron as write_neuron
from course_utils.reference.fine_tuning import adamw_step as adamw_step
from course_utils.reference.fine_tuning import classification_head as classification_head
from course_utils.reference.fine_tuning import confusion_matrix as confusion_matrix
from course_utils.reference.fine_tuning import cross_entropy as cross_entropy
from course_utils.reference.fine_tuning import head_gradients as head_gradients
from course_utils.reference.fine_tuning import linear_warmup as linear_warmup
from course_utils.reference.fine_tuning import lora_linear as lora_linear
from course_utils.reference.fine_tuning import merge_lora as merge_lora
from course_utils.reference.fine_tuning import trainable as trainable
from course_utils.reference.helpers import find_pieces as find_pieces
from course_utils.reference.helpers import is_cjk_character as is_cjk_character
from course_utils.reference.helpers import layer_modules as layer_modules
from course_utils.reference.masked_lm import agreement_accuracy as agreement_accuracy
from course_utils.reference.masked_lm import fill_mask as fill_mask
from course_utils.reference.masked_lm import mask_tokens as mask_tokens
from course_utils.reference.masked_lm import mlm_head as mlm_head
from course_utils.reference.masked_lm import mlm_loss as mlm_loss
from course_utils.reference.masked_lm import train_step as train_step
from course_utils.reference.orientation import count_parameters as count_parameters
from course_utils.reference.orientation import is_deterministic as is_deterministic
from course_utils.reference.orientation import layer_output as layer_output
from course_utils.reference.orientation import max_abs_diff as max_abs_diff
from course_utils.reference.orientation import replay_layer as replay_layer
from course_utils.reference.self_attention import attention_scores as attention_scores
from course_utils.reference.self_attention import extended_attention_mask as extended_attention_mask
from course_utils.reference.self_attention import linear as linear
from course_utils.reference.self_attention import look_at_previous as look_at_previous
from course_utils.reference.self_attention import merge_heads as merge_heads
from course_utils.reference.self_attention import scaled_dot_product_attention as scaled_dot_product_attention
from course_utils.reference.self_attention import self_attention as self_attention
from course_utils.reference.self_attention import softmax as softmax
from course_utils.reference.self_attention import split_heads as split_heads
from course_utils.reference.sentence_search import cosine_matrix as cosine_matrix
from course_utils.reference.sentence_search import embed as embed
from course_utils.reference.sentence_search import l2_normalize as l2_normalize
from course_utils.reference.sentence_search import mean_pool as mean_pool
from course_utils.reference.sentence_search import recall_at_k as recall_at_k
from course_utils.reference.sentence_search import search as search
from course_utils.reference.since_bert import cache_bytes as cache_bytes
from course_utils.reference.since_bert import cached_attention as cached_attention
from course_utils.reference.since_bert import causal_mask as causal_mask
from course_utils.reference.since_bert import geglu as geglu
from course_utils.reference.since_bert import modern_layer as modern_layer
from course_utils.reference.since_bert import rms_norm as rms_norm
from course_utils.reference.since_bert import rotary_tables as rotary_tables
from course_utils.reference.since_bert import rotate as rotate
from course_utils.reference.since_bert import sliding_window_mask as sliding_window_mask
from course_utils.reference.speed import attention_flop_share as attention_flop_share
from course_utils.reference.speed import block_diagonal_mask as block_diagonal_mask
from course_utils.reference.speed import fuse_qkv as fuse_qkv
from course_utils.reference.speed import length_sorted_batches as length_sorted_batches
from course_utils.reference.speed import pack_sequences as pack_sequences
from course_utils.reference.speed import sdpa_attention as sdpa_attention
from course_utils.reference.tokenization import decode as decode
from course_utils.reference.tokenization import encode as encode
from course_utils.reference.tokenization import merge_scores as merge_scores
from course_utils.reference.tokenization import normalize as normalize
from course_utils.reference.tokenization import pad_batch as pad_batch
from course_utils.reference.tokenization import pre_tokenize as pre_tokenize
from course_utils.reference.tokenization import telltale_text as telltale_text
from course_utils.reference.tokenization import wordpiece as wordpiece
from course_utils.reference.whole_model import Bert as Bert
from course_utils.reference.whole_model import load_reference_weights as load_reference_weights
from course_utils.reference.whole_model import parameter_table as parameter_table
from course_utils.reference.whole_model import pooler as pooler
from course_utils.reference.whole_model import rename_key as rename_key
from course_utils.reference.whole_model import same_model as same_model
from course_utils.widgets.add_and_norm import explore_norm as explore_norm
from course_utils.widgets.attention_heads import explore_heads as explore_heads
from course_utils.widgets.embeddings import explore_embeddings as explore_embeddings
from course_utils.widgets.encoder_layer import explore_bugs as explore_bugs
from course_utils.widgets.feed_forward import explore_neurons as explore_neurons
from course_utils.widgets.fine_tuning import explore_intents as explore_intents
from course_utils.widgets.masked_lm import explore_masks as explore_masks
from course_utils.widgets.masked_lm import watch_training as watch_training
from course_utils.widgets.orientation import explore_shapes as explore_shapes
from course_utils.widgets.questions import predict as predict
from course_utils.widgets.self_attention import explore_attention as explore_attention
from course_utils.widgets.sentence_search import explore_search as explore_search
from course_utils.widgets.since_bert import explore_rotation as explore_rotation
from course_utils.widgets.speed import explore_batches as explore_batches
from course_utils.widgets.tokenization import explore_wordpiece as explore_wordpiece
from course_utils.widgets.whole_model import explore_sizes as explore_sizes

MODEL: str
check_ablate_head: Check
check_adamw_step: Check
check_agreement_accuracy: Check
check_attention_entropy: Check
check_attention_flop_share: Check
check_attention_scores: Check
check_attention_to: Check
check_bert: Check
check_bert_embeddings: Check
check_bert_layer: Check
check_block_diagonal_mask: Check
check_cache_bytes: Check
check_cached_attention: Check
check_causal_mask: Check
check_classification_head: Check
check_confusion_matrix: Check
check_cosine_matrix: Check
check_count_parameters: Check
check_cross_entropy: Check
check_decode: Check
check_embed: Check
check_embedding_lookup: Check
check_embedding_parameters: Check
check_embedding_sum: Check
check_encode: Check
check_extended_attention_mask: Check
check_ffn_parameter_share: Check
check_fill_mask: Check
check_first_difference: Check
check_fuse_qkv: Check
check_geglu: Check
check_gelu: Check
check_gelu_tanh: Check
check_head_contributions: Check
check_head_gradients: Check
check_indistinguishable: Check
check_intermediate: Check
check_invisible_updates: Check
check_is_deterministic: Check
check_is_position_wise: Check
check_l2_normalize: Check
check_layer_norm: Check
check_layer_output: Check
check_layer_parameters: Check
check_layer_params: Check
check_length_sorted_batches: Check
check_linear: Check
check_linear_warmup: Check
check_load_reference_weights: Check
check_look_at_previous: Check
check_lora_linear: Check
check_mask_tokens: Check
check_max_abs_diff: Check
check_mean_pool: Check
check_mended_layer: Check
check_merge_heads: Check
check_merge_lora: Check
check_merge_scores: Check
check_mlm_head: Check
check_mlm_loss: Check
check_modern_layer: Check
check_nearest_tokens: Check
check_normalization_stats: Check
check_normalize: Check
check_offset_attention: Check
check_output: Check
check_pack_sequences: Check
check_pad_batch: Check
check_parameter_table: Check
check_pooler: Check
check_post_ln: Check
check_pre_ln: Check
check_pre_tokenize: Check
check_recall_at_k: Check
check_rename_key: Check
check_replay_layer: Check
check_rms_norm: Check
check_rotary_tables: Check
check_rotate: Check
check_run_encoder: Check
check_same_model: Check
check_scaled_dot_product_attention: Check
check_sdpa_attention: Check
check_search: Check
check_self_attention: Check
check_self_output: Check
check_sliding_window_mask: Check
check_softmax: Check
check_split_heads: Check
check_telltale_text: Check
check_to_torch_layer: Check
check_train_step: Check
check_trainable: Check
check_update_ratio: Check
check_value_weighted_attention: Check
check_word_similarity_by_layer: Check
check_wordpiece: Check
check_write_neuron: Check

def show_accuracies(right: Mapping[str, Sequence[float]], sizes: Sequence[int], total: int) -> None:
    """Each way's share of right answers, of `total` messages, with its 95 % interval; one panel per size.

    right: one share per size for each way.
    """

def show_add_and_norm(config: BertConfig, tokens: int) -> None:
    """The block after the attention, `layer.attention.output`: dense, + residual, norm, with the shapes for `tokens` tokens."""

def show_addition(tokenizer: BertTokenizer, model: BertModel, text: str = ..., place: int = 4) -> None:
    """The first numbers of one token's three rows and of their sum: each bar begins where the one above it ends."""

def show_agreement(shares: Mapping[str, Mapping[str, float]]) -> None:
    """Each model's share of right answers, by kind of question: {"whole model": {"by a place": 1.0, ...}, ...}."""

def show_alone(
    tokens: Sequence[str], x: Tensor, attention: Callable[[Tensor], Tensor], feed_forward: Callable[[Tensor], Tensor]
) -> None:
    """How far each token's result moves when the token is taken out of its sentence, for both sublayers.

    x: (1, tokens, hidden), what both are given. Each is a function of such a tensor.
    """

def show_architecture(config: Any, tokenizer: Any = None, states: States | None = None) -> None:
    """The map for a model's config; `states` (from `learner.progress`) adds what this learner has proven.

    The sentence is cut by the tokenizer; without one, as bert-base-uncased cuts it. As long as nothing is proven, the map
    counts no exercises: a stored picture must not change when a lesson gets one more.
    """

def show_attention_map(
    tokens: Sequence[str], probabilities: Tensor, title: str = "", query: int | None = None, padding: int = 0
) -> None:
    """One head's probabilities, (tokens, tokens), with the tokens on both axes.

    query: the row to frame. padding: that many tokens at the end are padding and hatched.
    """

def show_cache(tokens: int = 8) -> None:
    """Which tokens a model computes at each step when it writes, without a cache and with one."""

def show_cache_bytes(configs: Mapping[str, Any], tokens: int, bytes_per_number: int, weights: int) -> None:
    """The size of one text's cache by its length, a line per config, beside the size of the weights, in bytes."""

def show_circuit(
    mine: Mapping[str, Tensor], reference: Mapping[str, Tensor], title: str = "", tolerance: float = ...
) -> None:
    """One layer's nodes: ✓ where `mine` equals `reference` within the tolerance, elsewhere ✗ and the difference.

    mine, reference: what `trace_layer` returns; a node that `mine` lacks is marked as not run.
    """

def show_confidence(highest: Mapping[str, tuple[Tensor, Tensor]], names: tuple[str, str]) -> None:
    """How sure models are: for each the highest probability of known messages and of strangers. names: of the two."""

def show_confusion(counts: Tensor, names: Sequence[str]) -> None:
    """What was taken for what: counts (classes, classes), rows are the right classes, columns the chosen ones."""

def show_embeddings(
    tokenizer: BertTokenizer,
    model: BertModel,
    text: str = ...,
    pair: str = "",
    word: bool = True,
    position: bool = True,
    segment: bool = True,
    norm: bool = True,
) -> None:
    """Three strips, their sum and its norm for one text or a pair, and how far the result is from hidden_states[0]."""

def show_feed_forward(config: BertConfig, tokens: Sequence[str]) -> None:
    """The feed-forward network of one token with its sizes, and the same small network under every token of a sentence."""

def show_flow(hidden_size: int, num_heads: int, tokens: int) -> None:
    """Self-attention from the hidden states to the context, each box with the shape of its result."""

def show_forgetting(curve: Mapping[str, Any], measure: str = "same theme") -> None:
    """What a model finds in lesson 08's search before any fine-tuning and after it: one row per way, a point per seed.

    curve: the result of `load_learning_curve`. measure: which of its measures of the search.
    """

def show_forgotten_mask(lengths: Sequence[int], with_mask: Sequence[float], without: Sequence[float]) -> None:
    """How similar a sentence alone is to itself in longer and longer batches: with the mask and without.

    lengths: the batches' lengths in tokens; the first is the sentence's own.
    """

def show_full_race(race: Mapping) -> None:
    """The stored race, one group of bars per set of texts, in multiples of the time of the fastest way.

    race: the result of `full_race`.
    """

def show_gelu() -> None:
    """GELU in its exact form, with tanh, and ReLU; beside it how far tanh is off, times 1000."""

def show_gets_and_moves(tokens: Sequence[str], gets: Tensor, moves: Tensor) -> None:
    """For each token its share of all attention, and how far the sentence vector moves without its values."""

def show_gradients(lengths: Mapping[str, Sequence[float]], depths: Sequence[int], title: str) -> None:
    """The length of a gradient by the number of layers, one line per wrapping, both axes logarithmic.

    lengths: for each wrapping, by its name, one length per depth.
    """

def show_guesses(tokenizer: BertTokenizer, model: MaskedLM, sentence: str, digits: float = 0.01, most: int = 6) -> None:
    """What a model guesses for each [MASK] of a sentence: bars of probabilities, rounded to multiples of `digits`.

    ValueError where there is nothing to guess, or a word that the model does not know.
    """

def show_head_sum(contributions: Tensor, token: int, label: str) -> None:
    """What each head adds to one token, as lengths, beside a drawing of why it is a sum.

    contributions: (1, heads, tokens, hidden). token: which one; label: its text.
    """

def show_heads(attention: Tensor, numbers: Tensor, title: str, decimals: int = 2, high: float | None = None) -> None:
    """Every head's map as a thumbnail, with a number below it that is also its colour.

    attention: (layers, heads, tokens, tokens). numbers: (layers, heads), 0 or more. high: the darkest colour's number.
    """

def show_here(topic: str) -> None:
    """The way from ids to the output of a layer, with the part of a lesson lit: `draw_here("self_attention")`.

    topic: embeddings, self_attention, add_and_norm, feed_forward or encoder_layer. Raises ValueError on others.
    """

def show_highway(tokenizer: BertTokenizer, model: BertModel, text: str = ...) -> None:
    """The residual stream through all layers as a road: as high as the tokens' vectors are long, on average."""

def show_learned_attention(
    tokenizer: BertTokenizer, models: Mapping[str, MaskedLM], sentence: str, subject: str
) -> None:
    """Where the [MASK] of a sentence looks: one row per head, the models side by side, its best head framed."""

def show_learning_curve(curve: Mapping[str, Any]) -> None:
    """Accuracy against messages per intent, a line per way, from the lowest seed to the highest one.

    curve: the result of `load_learning_curve`.
    """

def show_logit_gradient(names: Sequence[str], probabilities: Tensor, gradient: Tensor, right: int) -> None:
    """One text's probabilities, and the gradient of its loss with respect to the logits: (classes,) each. right: its class."""

def show_lookalikes(real: Tensor, variants: Mapping[str, Tensor], tolerance: float = ...) -> None:
    """Wrong variants of a part against the real one: how far off they are, and how alike they still look.

    real and each variant: (..., hidden_size). Drawn on a logarithmic scale, from half the tolerance to the worst.
    """

def show_lora(size: tuple[int, int], rank: int) -> None:
    """What LoRA adds to a weight of `size` (out, in), to scale, and what is left of it after merging."""

def show_losses(histories: Mapping[str, History], levels: Mapping[str, float]) -> None:
    """Several trainings' smoothed losses in one picture."""

def show_masking(tokenizer: BertTokenizer, input_ids: Tensor, inputs: Tensor, labels: Tensor) -> None:
    """One sentence before the masking, as the model sees it, and its labels: ids (tokens,) each."""

def show_masks(masks: Mapping[str, Tensor]) -> None:
    """Additive masks side by side, each (1, 1, tokens, tokens): coloured where a query may look at a key."""

def show_mix(tokens: Sequence[str], probabilities: Tensor, values: Tensor, query: int) -> None:
    """One query's row of weights as bars, each token's value, the weighted values, and below them their sum.

    probabilities: (tokens, tokens) of one head. values: (tokens, head size) of that head. query: a row.
    """

def show_neighbours(tokenizer: BertTokenizer, table: Tensor, words: Sequence[str], k: int = 6) -> None:
    """The k nearest tokens of each word, without the word itself, with their cosines. table: (vocabulary, hidden)."""

def show_order(with_positions: Sequence[float], without: Sequence[float], about: str) -> None:
    """How alike two orders of the same words are on each floor of the model, with and without positions.

    with_positions, without: a cosine for each hidden state.
    """

def show_packing(rows: Sequence[Sequence[str]], position_ids: Tensor, cu_seqlens: Tensor, mask: Tensor) -> None:
    """The same sequences as a padded batch and as one row with its positions and boundaries, and the row's mask.

    rows: the tokens of each sequence. position_ids: (1, N). cu_seqlens: (n + 1,). mask: (1, 1, N, N), additive.
    """

def show_padding(lengths: Sequence[int], batch_size: int = 32) -> None:
    """Every text as a column as high as it is long, with its padding: unsorted, sorted by length, packed."""

def show_pairs(maps: Mapping[str, Tensor], names: Sequence[str]) -> None:
    """Cosines of n sentences with n paraphrases, the n right pairs framed; two maps side by side, (n, n) each."""

def show_parts(seconds: Mapping[str, Mapping[str, float]]) -> None:
    """For each way one bar, as long as its time, divided by the parts of the model; the longest fills the width."""

def show_position_map(table: Tensor) -> None:
    """The cosine of every position with every other: in a learned table, (positions, hidden), and in that of sinusoids."""

def show_race(seconds: Mapping[str, float], one: str, texts: int) -> None:
    """Each way's time as a bar, in multiples of the time that the way `one` takes."""

def show_reach(reached: Mapping[str, tuple[Tensor, Sequence[str]]], start: int) -> None:
    """How far a change of one token has come after each layer.

    reached: for each stack, by its name, (layers + 1, tokens), true where the token has changed; and the layers' kinds.
    start: the token that is changed, before the first layer.
    """

def show_rotation(head_size: int = 8, theta: float = 10000.0, positions: Sequence[int] = (0, 1, 2, 3, 10, 100)) -> None:
    """The pairs of one query as the hands of clocks: a row per pair, a column per position.

    head_size: even, at most 12. The query's pairs all point to the right before they are turned.
    """

def show_rows_and_columns(probabilities: Tensor, tokens: Sequence[str]) -> None:
    """The sums of a head's map along its rows and along its columns, as bars side by side."""

def show_scaling(head_size: int, tokens: int = 64) -> None:
    """The largest of many random weights against the head size, with and without the division by its root."""

def show_senses(cosines: Tensor, senses: Sequence[str], word: str) -> None:
    """How alike one word's vectors are from layer to layer, in texts with the same sense and with different ones."""

def show_similarity(texts: Sequence[str], cosines: Tensor, groups: Sequence[int] | None = None) -> None:
    """The cosine of every sentence with every other as a map. cosines: (texts, texts).

    groups: for each text the number of its group; neighbours of one group are framed.
    """

def show_similarity_by_layer(lines: Mapping[str, Sequence[float]]) -> None:
    """Cosines at each hidden state of the model, one line for each kind of pair: `{"weather, weather": [.61, ...], ...}`."""

def show_sinks_and_effects(to_first: Tensor, effects: Tensor, named: tuple[int, int]) -> None:
    """Each head as a dot: how much it looks at the first token, and how far the sentence vector moves without it.

    to_first, effects: (layers, heads) each. named: the (layer, head) that gets its name.
    """

def show_split() -> None:
    """A tensor of 3 tokens with 4 features, cut into 2 heads: by reshape and transpose, and by a reshape alone."""

def show_stages(tokenizer: BertTokenizer, text: str) -> None:
    """A text as characters, normalised, as words, as pieces and as ids, one below the other.

    ValueError without a text, or with more than 200 characters.
    """

def show_telltales(texts: Sequence[str], wrong: Sequence[Callable], vocab: dict[str, int]) -> None:
    """How many wrong `encode` functions each text gives away, as bars: by another result than the right one, or an error.

    texts: one text each, or two with " | " between them for a pair.
    """

def show_tower(tokenizer: BertTokenizer, model: BertModel, text: str = ...) -> None:
    """The L + 1 hidden states of one text, one above the other, with one cell for each token's vector.

    Text beyond the model's longest input is cut.
    """

def show_training(history: History, levels: Mapping[str, float], chance: float = 0.5) -> None:
    """The loss of a training step by step, with named levels as lines; below it the right answers, if any.

    chance: the share of right answers by guessing.
    """

def show_treemap(models: Mapping[str, object]) -> None:
    """Two models' parameters as maps to one scale, side by side, and their counts below.

    models: a name and a config for each, such as `{"this model": config, "bert-base": BertConfig()}`.
    """

def show_trials(trials: Sequence[tuple[str, str, str, str, float, float]]) -> None:
    """For each trial two bars: the cosine with what means the same, and with what only sounds the same.

    trials: (kind, sentence, same sense, other sense, cosine with the one, cosine with the other) each.
    """

def show_twins(one: Tensor, other: Tensor, tolerance: float = 1e-05) -> None:
    """Two versions of one token's vector as rows of cells: can you tell them apart? one, other: (hidden,)."""

def show_two_layers() -> None:
    """A layer of BERT beside one of ModernBERT, from top to bottom; what has changed has the number of its section."""

def show_weight_and_influence(tokens: Sequence[str], probabilities: Tensor, value: Tensor, title: str = "") -> None:
    """One head's weights, and beside them the weights times the length of what they carry.

    probabilities: (tokens, tokens). value: (tokens, head size).
    """

def show_worlds(title: str, worlds: Mapping[str, Tensor], offset: int = -1) -> None:
    """One head's map under several conditions, side by side, each with its attention to the token `offset` further on.

    worlds: what was done -> (tokens, tokens).
    """

def show_wrappings() -> None:
    """Post-LN and pre-LN as two small circuits, side by side."""
