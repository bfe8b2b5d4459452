#pragma once

#include "messages/bytes.hpp"
#include "messages/closing.hpp"
#include "messages/control.hpp"
#include "messages/evidence.hpp"
#include "messages/ids.hpp"
#include "messages/mutation.hpp"
#include "messages/proof.hpp"
#include "messages/receipt_proof.hpp"
#include "messages/result.hpp"
#include "messages/time.hpp"
#include "runtime/commands/actor_commands.hpp"
#include "runtime/commands/command.hpp"
#include "runtime/commands/status.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The notary's commands, and how it tells what it is.
/// Pure values. What is read is hostile: see runtime/commands.

namespace caucus {

/// 32 hex digits, not all zero; zero is none given. Error: bad_request.
[[nodiscard]] result<fresh_nonce> nonce_from_text(std::string_view text);

template <>
struct parameter_codec<fresh_nonce> {
  using rules = parameter_rules<fresh_nonce>;
  static constexpr std::string_view type = "nonce";
  static std::string allowed(const rules& /*of*/) { return "32 hex digits"; }
  static result<fresh_nonce> read(const given_value& what, const rules& /*of*/) {
    return nonce_from_text(what.texts.front());
  }
  static std::vector<std::string> write(const fresh_nonce& value);
};

/// Names and texts as the user wrote them; the genesis gives them types.
struct control_propose {
  static constexpr command_rule command{
    .words = "propose",
    .summary = "propose a mutation and wait for its receipt",
    .effect = command_effect::changes,
    .usage = R"(a proposal is {"variable": "score", "mutation": "add", "arguments": [5]})"};
  static constexpr std::array<std::string_view, 2> examples{
    "propose --config net/node0/node.toml score add 5",
    "propose --config net/node1/node.toml tags insert blue --json"};
  static constexpr std::array<exit_meaning, 3> exits{
    {{0, "applied"}, {3, "refused by a rule"}, {4, "unknown, retry with its id"}}};
  using reply = receipt;

  std::string variable;
  std::string operation;
  std::vector<std::string> arguments; ///< <= arguments_max
  std::string request_id;             ///< <= request_id_size_max; empty: none, so no retry either
  duration timeout = control_timeout_default;
  bytes encoded{}; ///< no parameter: the mutation that the words mean, made by prepare()

  static constexpr void parameters(auto&& parameter) {
    parameter("variable", &control_propose::variable,
              {.positional = true,
               .required = true,
               .size = {1, name_size_max},
               .doc = "as the genesis names it"});
    parameter("mutation", &control_propose::operation,
              {.positional = true,
               .required = true,
               .size = {1, name_size_max},
               .doc = "what to do with it"});
    parameter("arguments", &control_propose::arguments,
              {.positional = true,
               .size = {0, arguments_max},
               .doc = "its arguments; may begin with a dash; @FILE, hex:00ff: bytes",
               .noun = "argument",
               .hint = R"(a list in the mutation's order, as ["blue", 5])",
               .value = "ARG"});
    parameter("request_id", &control_propose::request_id,
              {.size = {1, request_id_size_max},
               .doc = "applied once however often this node is asked; made if left out",
               .hint = ", or leave it out: then a proposal that is sent again happens again",
               .value = "TEXT"});
    parameter("timeout_ms", &control_propose::timeout,
              {.range = timeout_range,
               .doc = "seconds to wait for the receipt",
               .value = "N",
               .in_seconds = true});
  }
  /// Gives the words their types, unless that was done. Errors: unknown_variable,
  /// unknown_operation, wrong_arguments.
  [[nodiscard]] result<void> prepare(const command_context& of);
  [[nodiscard]] static std::string print(const receipt& what, const command_context& of);
  friend bool operator==(const control_propose&, const control_propose&) = default;
};

/// An answer, and of a fresh read what shows that it is.
struct read_reply {
  std::shared_ptr<const caucus::answer> answer; ///< never null
  std::shared_ptr<const freshness> fresh{};     ///< null: it was not asked to be
  shared_history history{};                     ///< up to its epoch at least; null: the first
};
struct receipt_reply {
  std::shared_ptr<const receipt_proof> proof; ///< never null
  shared_history history{};                   ///< as above
};
struct control_get {
  static constexpr command_rule command{.words = "get",
                                        .summary = "read a variable; proof and certificate checked",
                                        .heavy_max =
                                          32, // an answer may have 1 MiB, and JSON of it five
                                        .heavy = "reads of whole variables"};
  static constexpr std::array<std::string_view, 2> examples{
    "get --config net/node0/node.toml score",
    "get --config net/node0/node.toml tags --json > answer.json"};
  using reply = read_reply;

  std::string variable;
  std::optional<bytes> key; ///< none: the whole variable
  height height_min;        ///< waits for a certified header of this height
  bool fresh = false;
  fresh_nonce nonce{}; ///< of a fresh one; zero: the node makes one
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    parameter("variable", &control_get::variable,
              {.positional = true,
               .required = true,
               .size = {1, name_size_max},
               .doc = "as the genesis names it",
               .missing = "which variable? give variable=NAME, as the genesis names it",
               .noun = "a name"});
    parameter("key", &control_get::key,
              {.positional = true,
               .size = {1, key_size_max},
               .doc = "of a set or map, also hex:00ff or @FILE; left out: all of it"});
    parameter("at_least", &control_get::height_min, {.doc = "wait for this height", .value = "N"});
    parameter("fresh", &control_get::fresh,
              {.doc = "show all that was acknowledged before, anywhere"});
    parameter("nonce", &control_get::nonce,
              {.doc = "fresh for this nonce, of whoever is to believe it", .value = "HEX"});
    parameter("timeout_ms", &control_get::timeout,
              {.range = timeout_range, .doc = "seconds to wait", .value = "N", .in_seconds = true});
  }
  [[nodiscard]] result<void> check() const;
  /// Gives the key its owner: what is put without one is read without one.
  [[nodiscard]] result<void> prepare(const command_context& of);
  [[nodiscard]] bool is_heavy() const { return !key; }
  [[nodiscard]] read_request request() const;
  [[nodiscard]] static std::size_t size(const read_reply& what);
  [[nodiscard]] static std::string print(const read_reply& what, const command_context& of);
  friend bool operator==(const control_get&, const control_get&) = default;
};

/// A proof of one receipt; waits for the block that certifies it.
struct control_receipt {
  static constexpr command_rule command{.words = "receipt",
                                        .summary = "prove a receipt by its place",
                                        .http_only = true}; // `propose --json` asks for it
  using reply = receipt_reply;

  height block;            ///< >= 1
  std::uint32_t index = 0; ///< among the block's mutations
  duration timeout = control_timeout_default;

  static constexpr void parameters(auto&& parameter) {
    constexpr std::string_view both = "height and index are wanted: a receipt has them";
    parameter("height", &control_receipt::block,
              {.positional = true,
               .required = true,
               .range = {1, UINT64_MAX - 1},
               .doc = "of the block",
               .missing = both});
    parameter("index", &control_receipt::index,
              {.positional = true,
               .required = true,
               .doc = "among the block's mutations",
               .missing = both});
    parameter("timeout_ms", &control_receipt::timeout,
              {.range = timeout_range, .doc = "to wait for its certificate", .unit = "ms"});
  }
  [[nodiscard]] static std::string print(const reply& what, const command_context& of);
  friend bool operator==(const control_receipt&, const control_receipt&) = default;
};

/// Committed mutations, in parts.
struct control_log {
  static constexpr command_rule command{
    .words = "log", .summary = "show committed mutations, in their order", .streams = true};
  static constexpr std::array<std::string_view, 1> examples{
    "log --config net/node0/node.toml --from 10 --follow"};
  using reply = std::shared_ptr<const committed_block>; ///< never null

  height first{};          ///< 0: the oldest block that is kept
  bool follow = false;     ///< false: ends at the newest final block
  std::uint32_t index = 0; ///< no parameter: of the first mutation wanted of the block at `from`

  static constexpr void parameters(auto&& parameter) {
    parameter(
      "from", &control_log::first,
      {.doc = "height to begin with; else the oldest block that the node keeps", .value = "N"});
    parameter("follow", &control_log::follow, {.doc = "go on with what comes, until Ctrl-C"});
  }
  [[nodiscard]] static std::size_t size(const reply& what) { return committed_size(*what); }
  [[nodiscard]] static control_log after(const control_log& what, const reply& part);
  [[nodiscard]] static std::string print(const reply& what, const command_context& of);
  friend bool operator==(const control_log&, const control_log&) = default;
};

/// Proofs of lies that the node keeps, a page of them.
struct control_evidence {
  static constexpr command_rule command{.words = "evidence",
                                        .summary = "show the proofs of lies that a node keeps"};
  static constexpr std::array<std::string_view, 2> examples{"evidence --config net/node0",
                                                            "evidence --config net/node0 --json"};
  using reply = evidence_answer;

  std::uint64_t skipped = 0;

  static constexpr void parameters(auto&& parameter) {
    parameter("from", &control_evidence::skipped, {.doc = "so many are left out"});
  }
  [[nodiscard]] static std::string print(const evidence_answer& what, const command_context& of);
  friend bool operator==(const control_evidence&, const control_evidence&) = default;
};

using notary_commands = commands<notary_status, control_propose, control_get, control_receipt,
                                 control_log, control_status, control_evidence>;

void put_status(status_sheet& to, const notary_status& of, const status_parts& all);
void put_metrics(metric_sheet& to, const notary_status& of, const status_parts& all);

} // namespace caucus
