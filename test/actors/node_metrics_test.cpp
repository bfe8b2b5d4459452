#include "test/actors/node_parts.hpp"
#include "test/catch.hpp"

#include <cstddef>
#include <memory>
#include <sstream>
#include <string>

namespace caucus {
namespace {

using namespace std::chrono_literals;

peer_id id_of(unsigned number) {
  return peer_id{{std::byte(number)}};
}

/// Three members, the first of them the node itself.
struct three_members {
  genesis from;
  node_status status;

  three_members() {
    from.name = "net";
    for (unsigned i = 0; i < 3; ++i) {
      from.members.push_back({id_of(i + 1), "node" + std::to_string(i), ""});
    }
    status.notary.emplace();
    status.consensus.emplace();
    status.peer_net.emplace();
  }
  void link(unsigned peer, std::uint64_t frames) {
    link_status one;
    one.info.peer = id_of(peer);
    one.frames_in = frames;
    one.round_trip = 1500us;
    status.peer_net->links.push_back(one);
  }
  [[nodiscard]] std::string text() const {
    command_context node{std::make_shared<const genesis>(from)};
    node.self = id_of(1);
    node.version = "1.2.3";
    return metrics_text(parts_of(status), node);
  }
};

/// A whole line of the text.
bool tells(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("what the actors told is in the numbers") {
  three_members of;
  of.status.notary->final_height = height{7};
  of.status.notary->time = wall_ms{1'500};
  of.status.notary->mutations_committed = 9;
  of.status.notary->problem = "the disk is full";
  of.status.consensus->view = view{8};
  of.status.consensus->votes = true;
  of.status.consensus->delta = 250ms;
  of.status.peer_net->refused = 4;
  const auto text = of.text();
  INFO(text);
  for (const auto* const line :
       {"caucus_info{mode=\"server\",network=\"net\",version=\"1.2.3\"} 1", "caucus_height 7",
        "caucus_block_time_seconds 1.5", "caucus_mutations_committed_total 9",
        "# TYPE caucus_mutations_committed_total counter", "caucus_view 8", "caucus_votes 1",
        "caucus_standstill 0", "caucus_delta_seconds 0.25", "caucus_connections_refused_total 4",
        "caucus_problems 1", "caucus_answers{actor=\"notary\"} 1"}) {
    INFO(line);
    CHECK(tells(text, line));
  }
}

TEST_CASE("an actor that does not answer is told, and none of its numbers") {
  three_members of;
  of.status.consensus.reset();
  const auto text = of.text();
  CHECK(tells(text, "caucus_answers{actor=\"consensus\"} 0"));
  CHECK(tells(text, "caucus_answers{actor=\"notary\"} 1"));
  CHECK(text.find("caucus_view") == std::string::npos);
  CHECK(tells(text, "caucus_height 0"));
}

TEST_CASE("each other member has its series, and strangers have one for all of them") {
  three_members of;
  of.link(2, 12);
  for (unsigned stranger = 100; stranger < 150; ++stranger) {
    of.link(stranger, 1);
  }
  const auto text = of.text();
  INFO(text);
  CHECK(tells(text, "caucus_link_up{member=\"node1\"} 1"));
  CHECK(tells(text, "caucus_link_frames_in_total{member=\"node1\"} 12"));
  CHECK(tells(text, "caucus_link_round_trip_seconds{member=\"node1\"} 0.0015"));
  CHECK(tells(text, "caucus_link_up{member=\"node2\"} 0"));
  CHECK(text.find("member=\"node0\"") == std::string::npos); // itself
  CHECK(tells(text, "caucus_links{to=\"members\"} 1"));
  CHECK(tells(text, "caucus_links{to=\"others\"} 50"));
  std::size_t series = 0;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    series += line.starts_with("caucus_link_frames_in_total{") ? 1 : 0;
  }
  CHECK(series == 1);
}

TEST_CASE("proofs of lies are counted by whose they are, strangers' together") {
  three_members of;
  of.status.notary->evidence_count = 6;
  of.status.notary->liars = {{id_of(1), "node0", 1, "signed"},
                             {id_of(3), "node2", 2, "signed"},
                             {id_of(77), "", 1, "signed"},
                             {id_of(78), "", 2, "signed"}};
  const auto text = of.text();
  INFO(text);
  CHECK(tells(text, "caucus_evidence 6"));
  CHECK(tells(text, "caucus_evidence_by{member=\"node0\",self=\"1\"} 1"));
  CHECK(tells(text, "caucus_evidence_by{member=\"node2\",self=\"0\"} 2"));
  CHECK(tells(text, "caucus_evidence_by{member=\"\",self=\"0\"} 3"));
}

} // namespace
} // namespace caucus
