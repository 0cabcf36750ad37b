// The validator's badge would be fetched from elsewhere; the key stays in this page.
SwaggerUIBundle({
  dom_id: "#docs",
  url: "/openapi.json",
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false,
});
