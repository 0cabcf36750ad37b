// The page keeps its key in this tab, so requests tried out here may use it.
const handedOver = new URLSearchParams((sessionStorage.getItem("nearfield") ?? "").slice(1));
const key = handedOver.get("key");

const ui = SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  validatorUrl: null, // The validator's badge would be fetched from elsewhere.
  deepLinking: true,
  persistAuthorization: false,
  onComplete: () => key !== null && ui.preauthorizeApiKey("key", key),
});
