#include "runtime/base/assert.hpp"
#include "runtime/config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Any file is read or refused; what was read prints as a file that gives the same values.

namespace {

enum class colour { red, green };

struct all_types {
  bool flag = true;
  std::uint16_t port = 1;
  std::uint64_t size = 4'096;
  double share = 0.5;
  std::string name = "a";
  colour paint = colour::red;
  std::chrono::milliseconds wait{5};
  std::filesystem::path file;
  std::vector<std::string> list;

  static constexpr void keys(auto&& key) {
    key("f", &all_types::flag);
    key("net.p", &all_types::port, {.range = {1, 9'999}});
    key("net.s", &all_types::size, {.bytes = true});
    key("net.d", &all_types::share);
    key("n", &all_types::name);
    key("c", &all_types::paint, {.names = {{"red", colour::red}, {"green", colour::green}}});
    key("net.lan.w", &all_types::wait, {.live = true});
    key("x", &all_types::file);
    key("l", &all_types::list);
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  all_types values;
  caucus::config_schema schema;
  schema.table({}, values);
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto read = schema.load_text(text, "/folder/node.toml");
  if (!read) {
    CAUCUS_ASSERT(!read.error().detail.empty());
    return 0;
  }
  const std::string printed = schema.print();
  all_types again;
  caucus::config_schema other;
  other.table({}, again);
  CAUCUS_ASSERT(other.load_text(printed, "/folder/printed.toml"));
  CAUCUS_ASSERT(other.print() == printed);
  return 0;
}
