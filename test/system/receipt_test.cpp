#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Receipts that are saved and shown to others.

namespace caucus::harness {
namespace {

using nlohmann::json;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

run_result verify(const cluster& group, const std::string& text,
                  std::vector<std::string> more = {}) {
  const auto file = group.folder() / "receipt.json";
  std::ofstream{file} << text;
  std::vector<std::string> words{"verify", "--genesis", group.genesis().string(), file.string()};
  words.insert(words.end(), more.begin(), more.end());
  return cluster::cli(words);
}

json proposed_json(const cluster& group, const std::vector<std::string>& arguments, int code = 0) {
  auto words = arguments;
  words.emplace_back("--json");
  const auto told = group.cli(0, "propose", words);
  INFO(told.out << told.err);
  REQUIRE(told.how.code == code);
  CHECK(told.err.empty());
  return json::parse(told.out);
}

TEST_CASE("a saved receipt verifies offline, and none that was altered") {
  cluster group;
  group.start_all();
  const auto applied = proposed_json(group, {"score", "add", "7"});
  const auto refused = proposed_json(group, {"score", "add", "700"}, 3);
  for (const auto node : group.all()) {
    group.kill(node);
  }
  const auto good = verify(group, applied.dump());
  INFO(good.out << good.err);
  CHECK(good.how.ok());
  CHECK(has(good.out, "verified applied at height "));
  const auto bad = verify(group, refused.dump());
  CHECK(bad.how.ok());
  CHECK(has(bad.out, "verified refused at height "));
  CHECK(has(bad.out, refused.at("reason").get<std::string>()));
  const auto shown = json::parse(verify(group, applied.dump(), {"--json"}).out);
  CHECK(shown.at("verified") == true);
  CHECK(shown.at("status") == "applied");
  CHECK_FALSE(shown.contains("receipt"));
  CHECK(verify(group, applied.dump(), {"--nonce", std::string(31, '0') + "1"}).how.code == 6);

  const auto check_refused = [&](const std::string& what, const json& altered) {
    const auto told = verify(group, altered.dump());
    INFO(what << ": " << told.out << told.err);
    CHECK(told.how.code == 6);
    CHECK(told.out.empty());
  };
  const auto with = [](json of, const char* member, const json& value) {
    of[member] = value;
    return of;
  };
  check_refused("applied instead of refused", with(refused, "status", "applied"));
  check_refused("refused instead of applied", with(applied, "status", "refused"));
  check_refused("another height", with(applied, "height", applied.at("height").get<int>() + 1));
  check_refused("another index", with(applied, "index", 1));
  check_refused("another reason", with(refused, "reason", "it was late"));
  check_refused("another code", with(refused, "code", "not_a_writer"));
  check_refused("more signers", with(applied, "signers", 4));
  check_refused("a mutation beside it", with(applied, "mutation", "score add 7"));
  check_refused("the proof of another block", with(applied, "receipt", refused.at("receipt")));
  check_refused("no proof", with(applied, "receipt", ""));
  auto without = applied;
  without.erase("receipt");
  check_refused("the node's word alone", without);
  CHECK(verify(group, with(applied, "request_id", "another's own").dump()).how.ok());

  const auto hex = applied.at("receipt").get<std::string>();
  constexpr std::size_t places = 40;
  for (std::size_t i = 0; i < places; ++i) {
    auto altered = hex;
    auto& digit = altered[i * (hex.size() - 1) / (places - 1)];
    digit = digit == '0' ? '1' : '0';
    check_refused("digit " + std::to_string(i) + " of 40", with(applied, "receipt", altered));
  }
  const cluster other; // of other members
  CHECK(verify(other, applied.dump()).how.code == 6);
}

TEST_CASE("any receipt is proven over HTTP, also after a restart, and none where there is none") {
  cluster group;
  group.start_all();
  auto mine = proposed_json(group, {"score", "add", "7"});
  mine.erase("request_id");
  const auto height = std::to_string(mine.at("height").get<std::uint64_t>());
  const auto target = [&](const std::string& at, const std::string& index) {
    return "/v1/receipt?height=" + at + "&index=" + index;
  };
  group.kill(1);
  group.start(1);
  group.wait_ready();
  for (const std::size_t node : {0U, 1U}) {
    auto to = group.talk(node);
    const auto got = to.get(target(height, "0"));
    INFO(got.body);
    REQUIRE(got.status == 200);
    CHECK(verify(group, got.body).how.ok());
    for (const auto* const member : {"status", "reason", "height", "index"}) {
      CHECK(json::parse(got.body).at(member) == mine.at(member));
    }
    const auto refused_with = [&](const std::string& of, unsigned status, const char* code) {
      const auto failed = to.get(of);
      INFO(of << ": " << failed.body);
      CHECK(failed.status == status);
      CHECK(json::parse(failed.body).at("error").at("code") == code);
    };
    refused_with(target(height, "1"), 400, "wrong_arguments");
    refused_with(target(height, "4294967295"), 400, "wrong_arguments");
    refused_with(target(height, "4294967296"), 400, "bad_request");
    refused_with(target("0", "0"), 400, "bad_request");
    refused_with("/v1/receipt?height=" + height, 400, "bad_request");
    refused_with(target("18446744073709551614", "0") + "&timeout_ms=50", 504, "not_yet");
  }
}

/// A node that has these answers, each to one request, whatever it is.
class scripted_node {
public:
  scripted_node(const std::filesystem::path& directory, std::vector<std::string> answers) {
    const auto path = (directory / "control.sock").string();
    std::filesystem::remove(path);
    ::sockaddr_un at{};
    at.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof at.sun_path);
    std::memcpy(static_cast<char*>(at.sun_path), path.c_str(), path.size() + 1);
    const int door = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(door, reinterpret_cast<const ::sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(door, 1) == 0);
    thread_ = std::thread{[door, answers = std::move(answers)] {
      const int caller = ::accept(door, nullptr, nullptr);
      for (const auto& answer : answers) {
        std::string heard;
        char piece[4'096];
        while (heard.find("\r\n\r\n") == std::string::npos) {
          const auto size = ::recv(caller, piece, sizeof piece, 0);
          if (size <= 0) {
            break;
          }
          heard.append(piece, static_cast<std::size_t>(size));
        }
        static_cast<void>(::send(caller, answer.data(), answer.size(), MSG_NOSIGNAL));
      }
      ::close(caller);
      ::close(door);
    }};
  }
  scripted_node(const scripted_node&) = delete;
  scripted_node& operator=(const scripted_node&) = delete;
  ~scripted_node() { thread_.join(); }

private:
  std::thread thread_;
};

std::string reply(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: "
         + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_CASE("a receipt without a proof that holds is told as the node's word, and said to be that") {
  cluster group;
  group.start_all();
  auto proof = proposed_json(group, {"score", "add", "7"});
  auto other = proposed_json(group, {"score", "add", "1"});
  for (auto* const one : {&proof, &other}) {
    one->erase("request_id");
  }
  for (const auto node : group.all()) {
    group.kill(node);
  }
  const json word{{"status", "applied"},
                  {"reason", ""},
                  {"height", proof.at("height")},
                  {"index", proof.at("index")}};
  auto lie = word;
  lie["status"] = "refused";
  auto forged = proof;
  auto digits = proof.at("receipt").get<std::string>();
  digits.back() = digits.back() == '0' ? '1' : '0';
  forged["receipt"] = digits;
  auto shown_otherwise = proof;
  shown_otherwise["signers"] = 4;
  const struct {
    const char* name;
    json told;
    std::string then;
    std::vector<std::string> said;
    int code = 0;
  } all[]{
    {"nothing in time",
     word,
     reply("504 Gateway Timeout",
           R"({"error":{"code":"not_yet","detail":"block 9 is not final"}})"),
     {"node's word", "not_yet", "block 9"}},
    {"it goes away", word, "", {"node's word", "node_unreachable"}},
    {"a signature that is none",
     word,
     reply("200 OK", forged.dump()),
     {"node's word", "does not hold"}},
    {"a member that is not proven",
     word,
     reply("200 OK", shown_otherwise.dump()),
     {"does not hold"}},
    {"the proof of another receipt", word, reply("200 OK", other.dump()), {"does not hold"}},
    {"the proof of another status", lie, reply("200 OK", proof.dump()), {"does not hold"}, 3},
    {"no JSON", word, reply("200 OK", "well done"), {"does not hold"}},
  };
  for (const auto& one : all) {
    const scripted_node node{group.directory(0), {reply("200 OK", one.told.dump()), one.then}};
    const auto told = group.cli(0, "propose", {"score", "add", "7", "--json"});
    INFO(one.name << ": " << told.out << told.err);
    CHECK(told.how.code == one.code);
    auto printed = json::parse(told.out);
    CHECK(printed.erase("request_id") == 1);
    CHECK(printed == one.told);
    for (const auto& part : one.said) {
      INFO(part);
      CHECK(has(told.err, part));
    }
  }
  const scripted_node node{group.directory(0),
                           {reply("200 OK", word.dump()), reply("200 OK", proof.dump())}};
  const auto told = group.cli(0, "propose", {"score", "add", "7", "--json"});
  INFO("what else would be refused here is taken if it is right: " << told.err);
  CHECK(told.err.empty());
  CHECK(json::parse(told.out).at("receipt") == proof.at("receipt"));
}

} // namespace
} // namespace caucus::harness
