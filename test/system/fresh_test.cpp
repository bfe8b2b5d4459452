#include "test/catch.hpp"
#include "test/harness/cluster.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <vector>

// Fresh reads by the command line and over the socket: what they show, and who checks it.

namespace caucus::harness {
namespace {

using nlohmann::json;

TEST_CASE("a fresh read through any node shows what another node acknowledged just before") {
  cluster group;
  group.start_all();
  auto first = group.talk(0);
  std::vector<control> others;
  for (const std::size_t node : {1U, 2U, 3U}) {
    others.push_back(group.talk(node));
  }
  for (std::int64_t i = 1; i <= 60; ++i) {
    REQUIRE(cluster::propose(first, "score", "add", {"1"}).outcome == "applied");
    auto& to = others[static_cast<std::size_t>(i) % others.size()];
    const auto got = to.get("/v1/get?variable=score&fresh=1");
    INFO(got.body);
    REQUIRE(got.status == 200);
    const auto told = json::parse(got.body);
    CHECK(told.at("value").get<std::int64_t>() == i);
    CHECK(told.at("fresh").at("members").size() >= 3);
  }
}

TEST_CASE(
  "a saved fresh answer shows offline whose word it is and for which nonce, and no other does") {
  cluster group;
  group.start_all();
  auto to = group.talk(0);
  REQUIRE(cluster::propose(to, "score", "add", {"7"}).outcome == "applied");
  const std::string nonce = "00112233445566778899aabbccddeeff";
  const auto told = group.cli(1, "get", {"score", "--nonce", nonce, "--json"});
  INFO(told.err);
  REQUIRE(told.how.ok());
  const auto answer = json::parse(told.out);
  CHECK(answer.at("fresh").at("nonce") == nonce);
  CHECK(answer.at("fresh").at("members").size() >= 3);
  const auto file = group.folder() / "answer.json";
  const auto verify = [&](const json& what, std::vector<std::string> more = {}) {
    std::ofstream{file, std::ios::trunc} << what.dump();
    more.insert(more.begin(), {"verify", "--genesis", group.genesis().string(), file.string()});
    const auto said = cluster::cli(more);
    UNSCOPED_INFO(said.out << said.err);
    return said;
  };
  const auto good = verify(answer, {"--nonce", nonce});
  CHECK(good.how.code == 0);
  CHECK(good.out.find(nonce) != std::string::npos);
  CHECK(good.out.find("fresh by the word of") != std::string::npos);
  CHECK(verify(answer).how.code == 0);
  CHECK(verify(answer, {"--nonce", std::string(31, 'a') + "b"}).how.code == 6);
  CHECK(verify(answer, {"--nonce", "short"}).how.code != 0);
  auto plain = answer;
  plain.erase("fresh");
  CHECK(verify(plain).how.code == 0); // certified all the same
  CHECK(verify(plain, {"--nonce", nonce}).how.code == 6);
  auto altered = answer;
  altered["fresh"]["members"] = json::array({"node0"});
  CHECK(verify(altered).how.code == 6);
  altered = answer;
  auto proof = altered["fresh"]["proof"].get<std::string>();
  proof.back() = proof.back() == '0' ? '1' : '0'; // of the last signature
  altered["fresh"]["proof"] = proof;
  CHECK(verify(altered).how.code == 6);
  altered["fresh"]["proof"] = "00";
  CHECK(verify(altered).how.code == 6);
}

TEST_CASE("a fresh read without a quorum says who is missing") {
  cluster group;
  group.start_all();
  group.kill(2);
  group.kill(3);
  const auto told = group.cli(0, "get", {"score", "--fresh", "--timeout", "2"});
  INFO(told.err);
  CHECK(told.how.code == 4);
  CHECK(told.err.find("2 of 4 members attested in time, 3 are needed") != std::string::npos);
  CHECK(told.err.find("node2 (") != std::string::npos);
  CHECK(told.err.find("node3 (") != std::string::npos);
}

} // namespace
} // namespace caucus::harness
