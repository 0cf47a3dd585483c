// Express as its documentation shows it: its own router and body parser, and one error handler for the envelope.
import express from "express";
import { Failure, Gate } from "../gate.js";
import { mistakes } from "./mistakes.js";

const chosen = process.argv[3] ? mistakes[process.argv[3]] : {};
if (!chosen) throw new Error(`no mistake is called ${process.argv[3]}`);

const gate = new Gate(chosen.gate);
const app = express();
app.use((request, response, next) => {
  response.set("X-Request-Id", (request.id = gate.requestId()));
  next();
});
chosen.first?.(app, gate);
app.use("/v1/gate_sessions", (request, _response, next) => {
  request.partner = gate.partner(request.get("authorization"), request);
  const provoked = Number(request.get("x-provoke"));
  if (provoked) throw new Failure(provoked, "Provoked.");
  next();
});
app.use(express.json());
chosen.before?.(app, gate);
app.post("/v1/gate_sessions", async (request, response) => {
  response.status(201).json(await gate.create(request.partner, request.body, request.get("idempotency-key")));
});
app.get("/v1/gate_sessions", (request, response) => {
  response.json(gate.list(request.partner, request.query));
});
app.get("/v1/gate_sessions/:id", (request, response) => {
  response.json(gate.retrieve(request.partner, request.params.id));
});
app.post("/v1/gate_sessions/:id/cancel", async (request, response) => {
  response.status(201).json(await gate.cancel(request.partner, request.params.id));
});
app.use(() => {
  throw new Failure(404, "There is nothing here.");
});
app.use((error, request, response, _next) => {
  const status = error.status ?? 500;
  if (status === 429) response.set("Retry-After", "1");
  response.status(status).json(gate.envelope(status, error.message, response.get("X-Request-Id"), request));
});
app.listen(Number(process.argv[2]), "127.0.0.1");
