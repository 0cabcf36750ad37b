/** The regions and locations of the twin, where their cloud counterparts stand. */
export const REGIONS = [
  { name: "us-east-1", city: "Northern Virginia", latitude: 38.95, longitude: -77.45 },
  { name: "eu-central-1", city: "Frankfurt", latitude: 50.11, longitude: 8.68 },
  { name: "ap-southeast-1", city: "Singapore", latitude: 1.35, longitude: 103.82 },
] as const;

export const PRIMARY = "us-east-1";

export const LOCATIONS = [
  {
    name: "iad",
    city: "Ashburn",
    latitude: 39.04,
    longitude: -77.49,
    nearest: "us-east-1",
    country: "US",
    continent: "NA",
  },
  {
    name: "fra",
    city: "Frankfurt",
    latitude: 50.03,
    longitude: 8.57,
    nearest: "eu-central-1",
    country: "DE",
    continent: "EU",
  },
  {
    name: "sin",
    city: "Singapore",
    latitude: 1.36,
    longitude: 103.99,
    nearest: "ap-southeast-1",
    country: "SG",
    continent: "AS",
  },
  {
    name: "gru",
    city: "São Paulo",
    latitude: -23.43,
    longitude: -46.47,
    nearest: "us-east-1",
    country: "BR",
    continent: "SA",
  },
] as const;
