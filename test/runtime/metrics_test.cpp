#include "runtime/metrics.hpp"

#include "runtime/base/mailbox.hpp"
#include "runtime/process_metrics.hpp"
#include "test/catch.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace caucus {
namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// A table of one edge and one actor.
struct small_table {
  std::shared_ptr<ring<int>> edge =
    std::make_shared<ring<int>>(4, nullptr, std::make_shared<doorbell>([] {}));
  std::shared_ptr<actor_health> life = std::make_shared<actor_health>();
  std::shared_ptr<topology_table> table = std::make_shared<topology_table>();

  small_table() {
    table->actors.push_back({"notary", "", life});
    table->edges.push_back({"a \"quoted\" thread", "notary.asked", item_name<int>(), 4,
                            when_full::refuse, [of = edge] { return of->counts(); }});
  }
};

TEST_CASE("a counter asked for twice is one, so a new life goes on counting") {
  metrics all;
  all.make_counter("caucus_things_total", "Things.", {{"kind", "a"}})->add(2);
  all.make_counter("caucus_things_total", "Things.", {{"kind", "a"}})->add(3);
  all.make_counter("caucus_things_total", "Things.", {{"kind", "b"}})->add();
  const auto text = all.text();
  CHECK(has(text, "# TYPE caucus_things_total counter"));
  CHECK(has(text, "caucus_things_total{kind=\"a\"} 5"));
  CHECK(has(text, "caucus_things_total{kind=\"b\"} 1"));
}

TEST_CASE("a gauge says its latest value, a source what it finds at the scrape") {
  metrics all;
  all.make_gauge("caucus_level", "Level.")->set(-7);
  int asked = 0;
  all.add_source("caucus_asked", "Asked.", metric_kind::gauge, {}, [&asked] { return ++asked; });
  CHECK(has(all.text(), "caucus_level -7"));
  CHECK(has(all.text(), "caucus_asked 2"));
}

TEST_CASE("a histogram counts what took at most each bound, over all lives") {
  metrics all;
  const metric_labels labels{{"file", "a"}};
  all.make_histogram("caucus_took_seconds", "Took.", labels)->observe(duration{400'000});
  all.make_histogram("caucus_took_seconds", "Took.", labels)->observe(duration{0});
  const auto text = all.text();
  INFO(text);
  CHECK(has(text, "# TYPE caucus_took_seconds histogram"));
  CHECK(has(text, "caucus_took_seconds_bucket{file=\"a\",le=\"0.001\"} 1"));
  CHECK(has(text, "caucus_took_seconds_bucket{file=\"a\",le=\"0.25\"} 1"));
  CHECK(has(text, "caucus_took_seconds_bucket{file=\"a\",le=\"0.5\"} 2"));
  CHECK(has(text, "caucus_took_seconds_bucket{file=\"a\",le=\"+Inf\"} 2"));
  CHECK(has(text, "caucus_took_seconds_count{file=\"a\"} 2"));
  CHECK(has(text, "caucus_took_seconds_sum{file=\"a\"} 0.4"));
}

TEST_CASE("every edge and every actor of a topology is in the text") {
  const small_table of;
  metrics all;
  all.add_topology(*of.table);
  outbox<int> out{of.edge};
  REQUIRE(out.try_push(1));
  of.life->begin_life();
  of.life->begin_life();
  const auto text = all.text();
  CHECK(has(text, "caucus_edge_depth{from=\"a \\\"quoted\\\" thread\",to=\"notary.asked\"} 1"));
  CHECK(has(text, "caucus_actor_restarts_total{actor=\"notary\"} 1"));
}

TEST_CASE("what the process uses is told under the names that monitors know") {
  metrics all;
  add_process(all);
  const auto text = all.text();
  INFO(text);
  const auto value = [&text](const std::string& name) {
    const auto at = text.find("\n" + name + " ");
    REQUIRE(at != text.npos);
    return std::stod(text.substr(at + name.size() + 2));
  };
  CHECK(value("process_resident_memory_bytes") > 1e6);
  CHECK(value("process_open_fds") >= 2);
  CHECK(value("process_max_fds") > value("process_open_fds"));
  CHECK(value("process_threads") >= 1);
  CHECK(value("process_cpu_seconds_total") >= 0);
  CHECK(value("process_start_time_seconds") > 1.6e9); // after 2020
}

struct local_item {};

TEST_CASE("an item's name is written as we write it") {
  CHECK(item_name<local_item>() == "local_item");
  CHECK(item_name<when_full>() == "when_full");
}

} // namespace
} // namespace caucus
