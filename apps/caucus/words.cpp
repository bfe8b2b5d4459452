#include "apps/caucus/words.hpp"

#include "apps/caucus/output.hpp"
#include "messages/mutation.hpp"
#include "runtime/base/text.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/file.hpp"

#include <nlohmann/json.hpp>

#include <ctime>

namespace caucus::cli {

namespace {

using json = nlohmann::ordered_json;

/// "hex:...", if it tells bytes.
std::string shown_bytes(const json& value) {
  const auto hex = value.is_object() && value.size() == 1 ? value.find("hex") : value.end();
  return hex != value.end() && hex->is_string() ? "hex:" + hex->get<std::string>() : std::string{};
}

} // namespace

result<std::string> bytes_of_word(const std::string& word, const std::string& name) {
  if (word.starts_with("@")) {
    return read_file(word.substr(1), {.name = name,
                                      .make_one = "\"text:@...\" is text that begins with @",
                                      .size_max = argument_size_max})
      .map_error(as_wrong_use);
  }
  if (word.starts_with("hex:")) {
    const auto raw = from_hex(std::string_view{word}.substr(4));
    if (!raw) {
      return fail(errc::bad_request, name
                                       + ": hex: takes two characters of 0-9 and a-f for each "
                                         "byte; \"text:hex:...\" is text that begins so");
    }
    return std::string{reinterpret_cast<const char*>(raw->data()), raw->size()};
  }
  auto text = word.substr(word.starts_with("text:") ? 5 : 0);
  if (!is_utf8(text)) {
    return fail(errc::bad_request, name + " is no UTF-8: give bytes as hex:00ff or @FILE");
  }
  return text;
}

std::string shown_word(const json& value, std::size_t size_max) {
  if (value.is_string()) {
    return quoted_word(value.get_ref<const std::string&>(), size_max);
  }
  auto out = shown_bytes(value);
  if (out.size() > size_max) {
    out = out.substr(0, size_max) + "...";
  }
  return out.empty() ? harmless(value.dump()) : out;
}

std::string shown_line(const json& value) {
  return value.is_string() ? quoted_line(value.get_ref<const std::string&>()) : shown_word(value);
}

const json& member_of(const json& object, const char* name) {
  static const json none;
  const auto at = object.find(name);
  return at == object.end() ? none : *at;
}

std::string shown_time(std::int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1'000);
  std::tm parts{};
  char out[32] = "-";
  if (::gmtime_r(&seconds, &parts) == nullptr
      || std::strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
    return "-";
  }
  return out;
}

} // namespace caucus::cli
