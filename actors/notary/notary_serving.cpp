#include "actors/notary/notary_parts.hpp"
#include "messages/archive/codec.hpp"
#include "messages/archive/signing.hpp"
#include "messages/packet_code.hpp"

#include <algorithm>

namespace caucus {

namespace {

/// Ledger reads for peers under way; more are answered with nothing.
constexpr std::size_t loads_max = 256;
/// Bytes of ledger read for one page of headers at first; eight times as many if no certificate was
/// among them.
constexpr std::size_t page_load_size = 4 * 1024 * 1024;
constexpr std::size_t page_load_growth = 8;
constexpr std::size_t page_load_size_max =
  page_load_size * page_load_growth * page_load_growth * page_load_growth * page_load_growth;
/// Room in a page for what is no block.
constexpr std::size_t page_overhead = 8 * 1024;

} // namespace

void notary::parts::on(notary_in::peer_asked& what, const turn& t) {
  if (const auto* const one = std::get_if<batch_request>(&what.what)) {
    serve_batch(what.link, what.msg_id, *one, t);
  } else if (const auto* const chain_one = std::get_if<chain_request>(&what.what)) {
    serve_chain(what.link, what.msg_id, *chain_one, t);
  } else {
    gets.peer_asked(what.link, what.msg_id, std::get<read_request>(what.what), t);
  }
}

void notary::parts::serve_batch(link_id to, std::uint64_t msg_id, const batch_request& what,
                                const turn& t) {
  auto here = pool.held(what.of);
  if (here == nullptr) {
    here = recent.batch_of(what.of);
  }
  const bool in_ledger = what.at > height{} && what.at <= durable;
  if (here != nullptr || !in_ledger || loads.size() >= loads_max) {
    batch_response out;
    if (here != nullptr) {
      out.what = *here;
    }
    return t.want(notary_out::respond{to, msg_id, std::move(out)});
  }
  loads.emplace(next_load, batch_load{to, msg_id, what.of});
  t.want(notary_out::load{next_load++, what.at, 1, 1});
}

void notary::parts::serve_chain(link_id to, std::uint64_t msg_id, const chain_request& what,
                                const turn& t) {
  const auto count =
    std::min<std::uint32_t>(what.count_max, static_cast<std::uint32_t>(blocks_per_page_max));
  if (what.from > durable || what.from == height{} || count == 0 || loads.size() >= loads_max) {
    return t.want(notary_out::respond{to, msg_id, chain_page{}});
  }
  loads.emplace(next_load, chain_load{to, msg_id, what, page_load_size, count});
  t.want(notary_out::load{next_load++, what.from, count, page_load_size});
}

void notary::parts::respond_chain(link_id to, std::uint64_t msg_id,
                                  const std::vector<shared_final>& blocks, const turn& t) {
  chain_page page;
  std::size_t size = page_overhead;
  std::size_t certified = 0; // blocks up to the last with a certificate
  for (const auto& one : blocks) {
    size += encoded_size(*one->what);
    if (size > body_size_max) {
      break;
    }
    page.blocks.push_back(*one->what);
    if (one->finalization) {
      certified = page.blocks.size();
      page.finalization = one->finalization;
    }
  }
  page.blocks.resize(certified);
  t.want(notary_out::respond{to, msg_id, std::move(page)});
}

void notary::parts::on(notary_in::loaded& what, const turn& t) {
  const auto found_load = loads.find(what.token);
  if (found_load == loads.end()) {
    static_cast<void>(subs.loaded(what.token, what.blocks, t));
    return;
  }
  const auto load = std::move(found_load->second);
  loads.erase(found_load);
  if (const auto* const one = std::get_if<batch_load>(&load)) {
    batch_response out;
    for (const auto& block : what.blocks) {
      for (std::size_t i = 0; i < block->batches.size(); ++i) {
        if (block->what->batches[i] == one->of) {
          out.what = *block->batches[i];
        }
      }
    }
    return t.want(notary_out::respond{one->to, one->msg_id, std::move(out)});
  }
  auto page = std::get<chain_load>(load);
  const bool any = std::any_of(what.blocks.begin(), what.blocks.end(), [](const shared_final& one) {
    return one->finalization.has_value();
  });
  const bool more = !what.blocks.empty() && what.blocks.size() < page.count
                    && what.blocks.back()->what->header.at < durable
                    && page.size_max < page_load_size_max;
  if (!any && more) {
    page.size_max *= page_load_growth;
    t.want(notary_out::load{next_load, page.what.from, page.count, page.size_max});
    loads.emplace(next_load++, page);
    return;
  }
  respond_chain(page.to, page.msg_id, what.blocks, t);
}

void notary::parts::on(notary_in::peer_answered& what, const turn& t) {
  const auto* const given = std::get_if<batch_response>(&what.what);
  const bool arrived = given != nullptr && given->what.has_value();
  if (const auto id = pulls.answered(what.tag, arrived, t)) {
    if (!arrived || !pulls.wants(*id)) {
      return;
    }
    if (digest_of(given->what->header) != *id) {
      t.want(notary_out::blame{what.link, what.peer, errc::bad_batch, "another than asked for"});
      return pulls.retry(*id, t);
    }
    take_batch(std::make_shared<const batch>(*given->what), what.link, what.peer, t);
    return;
  }
  static_cast<void>(gets.answered(what.tag, std::get_if<read_response>(&what.what), t));
}

void notary::parts::on(notary_in::answer_checked& what, const turn& t) {
  gets.checked(what.token, std::move(what.how), t);
}

} // namespace caucus
