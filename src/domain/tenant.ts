/** A tenant as the agency's directory knows them. */
export type Tenant = {
  /** Lower-case. */
  email: string;
  name: string | null;
  phone: string | null;
  /** Address lines, without the postcode. */
  address: string[];
  postcode: string | null;
  /** The name of a branch in the configuration, or null. */
  branch: string | null;
  /** Where it stands in the file: what the evidence names. */
  line: number;
};
