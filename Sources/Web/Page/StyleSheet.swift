import HTTP

/// How the status page looks; light or dark, wide or narrow, as the reader's system says.
enum StyleSheet {
  static var response: Response {
    var headers = Headers()
    headers.add("Content-Type", "text/css; charset=utf-8")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("Cache-Control", "no-cache")
    return Response(status: 200, headers: headers, body: .bytes(Array(text.utf8)))
  }

  private static let text = """
    :root {
      --back: #f6f7f9; --card: #fff; --text: #1a1d21; --dim: #5b6470; --line: #dde1e6;
      --grey: #eceff2; --blue: #d9e8fb; --green: #d5f0dc; --amber: #fdecc4; --red: #fbdcdb;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --back: #15181c; --card: #1e2227; --text: #e6e9ed; --dim: #9aa4b0; --line: #343a42;
        --grey: #2c3138; --blue: #1d3a5f; --green: #1c4529; --amber: #54400f; --red: #5c2422;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--back);
      color: var(--text); font: 1rem/1.5 system-ui, sans-serif;
    }
    header { display: flex; gap: .75rem; align-items: baseline; }
    header p, footer, .dim, .empty { color: var(--dim); margin: 0; }
    h1 { font-size: 1.5rem; margin: 0; }
    h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
    .cards {
      display: grid; gap: .75rem; margin-top: 1rem;
      grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr));
    }
    .card, .scroll, .warnings li, .empty {
      background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
    }
    .card, .empty, .warnings li { padding: .75rem 1rem; }
    .card h2 { margin: 0; color: var(--dim); font-weight: normal; }
    .card p { margin: 0; }
    .card .value { font-size: 1.25rem; }
    meter { width: 100%; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; }
    th, td { padding: .5rem 1rem; text-align: left; vertical-align: top; }
    th { color: var(--dim); font-weight: normal; }
    tbody tr { border-top: 1px solid var(--line); }
    .number { white-space: nowrap; font-variant-numeric: tabular-nums; }
    .name, code { overflow-wrap: anywhere; }
    code { font: .875rem/1.5 ui-monospace, monospace; }
    ul { list-style: none; margin: 0; padding: 0; }
    .states { display: flex; flex-wrap: wrap; gap: .375rem; }
    .states li { padding: 0 .625rem; border-radius: 1rem; background: var(--grey); }
    .states .ready, .states .reserved, .states .running { background: var(--blue); }
    .states .complete { background: var(--green); }
    .states .delayed, .states .dependent { background: var(--amber); }
    .states .buried, .states .lost { background: var(--red); }
    .warnings li { border-left: .25rem solid #d08700; margin-bottom: .5rem; }
    .warnings p { margin: 0; overflow-wrap: anywhere; }
    footer { margin-top: 2rem; font-size: .875rem; }

    """
}
