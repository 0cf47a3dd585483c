// Node's `fetch`, as its documentation uses it: `response.ok`, and an exception is an error.
import { createInterface } from "node:readline";

const BODY = { amount: "100.00", currency: "EUR", return_url: "https://partner.example/done" };
const OUTCOMES = { 401: "unauthorized", 404: "not_found", 409: "already_terminal", 429: "rate_limited" };

async function call(variables) {
  const sessions = `${variables.GATE_API_BASE_URL}/gate_sessions`;
  const creates = variables.GATE_OPERATION === "createSession";
  const url = creates ? sessions : `${sessions}/${variables.GATE_SESSION_ID}/cancel`;
  const headers = { authorization: `Bearer ${variables.GATE_KEY}` };
  const signal = AbortSignal.timeout(Number(variables.GATE_TIMEOUT_MS));
  const request = { method: "POST", headers, signal };
  if (creates) {
    headers["content-type"] = "application/json";
    request.body = JSON.stringify(BODY);
  }
  try {
    const response = await fetch(url, request);
    const request_id = response.headers.get("x-request-id");
    if (!response.ok) return { outcome: OUTCOMES[response.status] ?? "error", request_id };
    const { status } = await response.json();
    return { outcome: creates ? "created" : "cancelled", status, request_id };
  } catch (error) {
    return { outcome: "error", message: String(error) };
  }
}

if (process.argv.includes("--serve")) {
  for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await call(JSON.parse(line))));
} else {
  console.log(JSON.stringify(await call(process.env)));
}
