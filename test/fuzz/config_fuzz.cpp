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
};

void bind(caucus::config_schema& schema, all_types& to) {
  schema.key("f", to.flag);
  schema.key("net.p", to.port, {.range = {1, 9'999}});
  schema.key("net.s", to.size, {.bytes = true});
  schema.key("net.d", to.share);
  schema.key("n", to.name);
  schema.key("c", to.paint, {.names = {{"red", colour::red}, {"green", colour::green}}});
  schema.key("net.lan.w", to.wait, {.live = true});
  schema.key("x", to.file);
  schema.key("l", to.list);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  all_types values;
  caucus::config_schema schema;
  bind(schema, values);
  const std::string text{reinterpret_cast<const char*>(data), size};
  const auto read = schema.load_text(text, "/folder/node.toml");
  if (!read) {
    CAUCUS_ASSERT(!read.error().detail.empty());
    return 0;
  }
  const std::string printed = schema.print();
  all_types again;
  caucus::config_schema other;
  bind(other, again);
  CAUCUS_ASSERT(other.load_text(printed, "/folder/printed.toml"));
  CAUCUS_ASSERT(other.print() == printed);
  return 0;
}
