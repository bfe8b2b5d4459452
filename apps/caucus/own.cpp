#include "apps/caucus/own.hpp"

#include "messages/hello.hpp"

namespace caucus::cli {

namespace {

constexpr const char* our_name = "caucus";

const composition*& chosen() {
  static const composition ours{our_name, CAUCUS_VERSION};
  static const composition* now = &ours;
  return now;
}

} // namespace

void set_own(const composition& with) {
  chosen() = &with;
}

const composition& own() {
  return *chosen();
}

bool is_application() {
  return own().name() != our_name;
}

std::string typed(std::string_view words) {
  return own().name() + " " + std::string{words};
}

bool has_rules_of(const genesis& from) {
  const auto& with = own().own_rules();
  return !with.entries().empty() && compile_rules(from, with);
}

std::string version() {
  return CAUCUS_VERSION;
}

std::string version_of_node() {
  return is_application() ? version() + " (" + own().name() + " " + own().version() + ")"
                          : version();
}

std::string protocol_versions() {
  return std::to_string(protocol_version_min)
         + (protocol_version_min == protocol_version_max
              ? ""
              : "-" + std::to_string(protocol_version_max));
}

std::string version_line() {
  return own().name() + " " + own().version() + " ("
         + (is_application() ? our_name + (" " + version()) + ", " : "") + "protocol "
         + protocol_versions() + ")";
}

} // namespace caucus::cli
