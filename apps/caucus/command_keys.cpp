#include "apps/caucus/commands.hpp"
#include "apps/caucus/output.hpp"
#include "apps/caucus/own.hpp"
#include "runtime/base/text.hpp"
#include "runtime/identity.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace caucus::cli {

namespace {

struct keygen_options {
  std::string file;
  bool json = false;
};

int keygen(const keygen_options& given) {
  const auto key = make_identity();
  if (!key) {
    return report(key.error());
  }
  const auto id = to_text(key->id());
  if (given.file.empty()) {
    const auto pem = identity_to_pem(*key);
    if (!pem) {
      return report(pem.error());
    }
    print(given.json ? nlohmann::ordered_json{{"peer_id", id}, {"key", *pem}}.dump() + "\n" : *pem);
    if (!given.json) { // apart: who pipes the secret away still sees whose it is
      static_cast<void>(std::fputs((id + "\n").c_str(), stderr));
    }
    return number(exit_code::ok);
  }
  if (const auto saved = save_identity(*key, given.file); !saved) {
    return report(saved.error());
  }
  print(given.json ? nlohmann::ordered_json{{"peer_id", id}, {"file", given.file}}.dump() + "\n"
                   : id + "\n");
  return number(exit_code::ok);
}

int show_version(bool json) {
  if (json) {
    nlohmann::ordered_json out{{"version", own().version()}};
    if (is_application()) {
      out["caucus"] = version();
    }
    out["protocol"] = protocol_versions();
    print(out.dump() + "\n");
  } else {
    print(version_line() + "\n");
  }
  return number(exit_code::ok);
}

} // namespace

void add_keygen(CLI::App& to, action& run) {
  const auto given = std::make_shared<keygen_options>();
  auto* const command = to.add_subcommand("keygen", "make an identity: an Ed25519 key");
  command
    ->add_option("FILE", given->file,
                 "where to, mode 0600; left out: the key to stdout, its id to stderr")
    ->type_name("FILE");
  command->add_flag("--json", given->json, "print JSON");
  command->footer("Prints the peer id. `openssl pkey` reads the file. Example:\n"
                  "  caucus keygen identity.key");
  command->callback([given, &run] { run = [given] { return keygen(*given); }; });
}

void add_version(CLI::App& to, action& run) {
  const auto json = std::make_shared<bool>(false);
  auto* const command = to.add_subcommand("version", "show the version");
  command->add_flag("--json", *json, "print JSON");
  command->footer("Example:\n  caucus version --json");
  command->callback([json, &run] { run = [json] { return show_version(*json); }; });
}

} // namespace caucus::cli
