#pragma once

#include <caucus/actors/composition.hpp>
#include <caucus/actors/notary_line.hpp>
#include <caucus/runtime/turns.hpp>
#include <caucus/runtime/variables/catalog.hpp>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>

/// Counts goals. Hears what is committed; for each goal that its own node's referee saw it proposes
/// one more point for the team; keeps who shot how many in a file.
///
/// Accepts:  notary_answer (`heard`): what is committed, receipts
/// Emits:    notary_request (`asks`): proposals
/// Lifetime: the topology's. A restart, or the process's end at any moment, loses and doubles
///           nothing: the file says up to which height all is done, and the next life hears the
///           blocks after it again; what it proposes again bears the same request id, so it is
///           applied once.
/// Throws, at the start of a life, if the file is not as it writes it; it says in which line.

/// The table [score_board] of node.toml.
struct board_config {
  std::uint32_t stumble = 0;

  static constexpr void keys(auto&& key) {
    key("stumble", &board_config::stumble,
        {.range = {0, 5},
         .doc = "throw so often, one at a time, as a mistake in a program would",
         .flag = "stumble"});
  }
};

class score_board {
public:
  static constexpr const char* name = "score_board";
  using config = board_config;
  using setup = caucus::actor_setup<board_config>;

  struct ports {
    caucus::inbox<caucus::notary_answer> heard;
    caucus::outbox<caucus::notary_request> asks;
    void each(auto&& visit) {
      visit("heard", heard);
      visit("asks", asks);
    }
  };

  score_board(ports its_ports, caucus::context& around, setup of);

  bool step() { return turns_.step(); }
  [[nodiscard]] bool idle() { return turns_.idle(); }

private:
  /// A block with goals; done when each proposal for it has its receipt.
  struct open_block {
    caucus::height at;
    std::map<std::string, std::uint64_t> goals; ///< by scorer: "home Ada"
    std::size_t receipts_missing = 0;
    bool whole = false; ///< a large block comes in parts
  };

  void load();
  void store() const;
  void hear(const caucus::committed_block& block);
  void propose(const std::string& team, const std::string& cause, open_block& of);
  void close_blocks();
  void stumble();

  ports ports_;
  setup setup_;
  std::filesystem::path file_;
  caucus::catalog names_;
  caucus::notary_line line_;
  caucus::turns turns_;
  caucus::height done_;                          ///< the file's: all up to here is done
  std::map<std::string, std::uint64_t> scorers_; ///< the file's
  std::deque<open_block> open_;                  ///< ascending; a deque, as receipts refer into it
  int until_stumble_;
};
