// A provider of identities on the loopback interface. The one argument is JSON: `port`, `clients`
// as the provider takes them, and `claims` of each account by its name.
import Provider from "oidc-provider";

const { port, clients, claims } = JSON.parse(process.argv[2]);

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients,
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims[id] }) }),
  cookies: { keys: ["of-a-test"] },
});
const server = provider.listen(port, "127.0.0.1", () => console.log("listening"));
process.stdin.resume();
process.stdin.on("end", () => server.close(() => process.exit(0)));
