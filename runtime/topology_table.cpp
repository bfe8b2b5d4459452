#include "runtime/topology_table.hpp"

#include "runtime/base/assert.hpp"

#include <array>
#include <cstdio>

namespace caucus {

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> code{};
      static_cast<void>(
        std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c)));
      out += code.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string number(std::string_view key, std::uint64_t value) {
  return ",\"" + std::string{key} + "\":" + std::to_string(value);
}

} // namespace

std::string_view to_string(when_full policy) {
  switch (policy) {
    case when_full::pause: return "pause";
    case when_full::drop: return "drop";
    case when_full::refuse: return "refuse";
  }
  CAUCUS_ASSERT(false);
}

std::string edge_table_json(const std::vector<edge_row>& edges) {
  std::string out = "[";
  for (const auto& row : edges) {
    const auto seen = row.counts();
    out += out.size() > 1 ? ",{" : "{";
    out += "\"from\":" + quoted(row.from) + ",\"to\":" + quoted(row.to)
           + ",\"type\":" + quoted(row.type) + number("capacity", row.capacity)
           + ",\"policy\":" + quoted(to_string(row.policy)) + number("depth", seen.depth)
           + number("pushed", seen.pushed) + number("turned_away", seen.turned_away)
           + number("poisoned", seen.poisoned) + number("wakes", seen.wakes)
           + number("restarts_from", seen.writer_lives == 0 ? 0 : seen.writer_lives - 1)
           + number("restarts_to", seen.reader_lives == 0 ? 0 : seen.reader_lives - 1) + '}';
  }
  return out + ']';
}

} // namespace caucus
