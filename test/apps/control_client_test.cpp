#include "apps/caucus/control_client.hpp"

#include "test/apps/canned_node.hpp"
#include "test/catch.hpp"
#include "test/harness/process.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace caucus::cli {
namespace {

struct heard_log {
  std::vector<std::string> lines;
  result<void> how;
};
/// What a client hears of a log that a node answers so.
heard_log log_of(const std::string& answer) {
  const harness::temporary_folder folder;
  const canned_node node{folder.path(), answer};
  heard_log out;
  auto client = control_client::connect(folder.path());
  REQUIRE(client);
  out.how = client->lines(command_of(control_log{}), [&out](std::string_view line) {
    out.lines.emplace_back(line);
    return true;
  });
  return out;
}

std::string chunk(const std::string& text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string gone =
  "{\"error\":{\"code\":\"history_gone\",\"detail\":\"block 6 is damaged\"}}\n";

TEST_CASE("a log's lines come whole, however they are cut") {
  const auto heard = log_of(chunked + chunk("{\"a\":1}\n{\"b\"") + chunk(":2}\n") + "0\r\n\r\n");
  CHECK(heard.how.has_value());
  CHECK(heard.lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
}

TEST_CASE("a last line without an end is a line") {
  const auto heard = log_of(chunked + chunk("{\"a\":1}\n{\"b\":2}") + "0\r\n\r\n");
  CHECK(heard.how.has_value());
  CHECK(heard.lines == std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
}

TEST_CASE("an error in the middle of a log is the error, and no line of it") {
  const auto heard = log_of(chunked + chunk("{\"a\":1}\n") + chunk(gone) + "0\r\n\r\n");
  CHECK(heard.lines == std::vector<std::string>{"{\"a\":1}"});
  REQUIRE_FALSE(heard.how);
  CHECK(heard.how.error() == error{errc::history_gone, "block 6 is damaged"});
}

TEST_CASE("an error in place of a log is the error") {
  const auto heard = log_of(canned_node::whole(gone, "500 Internal Server Error"));
  CHECK(heard.lines.empty());
  REQUIRE_FALSE(heard.how);
  CHECK(heard.how.error() == error{errc::history_gone, "block 6 is damaged"});
}

TEST_CASE("a node that ends in the middle of a log is told so") {
  const auto heard = log_of(chunked + chunk("{\"a\":1}\n"));
  CHECK(heard.lines.size() == 1);
  REQUIRE_FALSE(heard.how);
  CHECK(heard.how.error().code == errc::node_unreachable);
  CHECK(heard.how.error().detail.find("its log says why") != std::string::npos);
}

} // namespace
} // namespace caucus::cli
