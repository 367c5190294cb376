/** The words of British addresses: how units, numbers, streets, buildings and towns are written, and what an address never has. */

/** Words that end the name of a street whatever the case: "17 beech st". */
const STREETS =
  'street|str|st|road|rd|avenue|ave|av|lane|ln|close|cl|drive|drv|dr|crescent|cres|cresc|court|ct|place|pl|terrace|terr|ter|gardens?|gdns|gdn|grove|grv|way|square|sq|mews|row|hill|walk|parade|rise|wharf|quays?|lodge|rectory|vicarage|cottages?|mansions?|heights|mount|croft|vale|passage|alley|wynd|loan|brae|gait|vennel|slipway|loke|glebe|arcade|broadway|circus|parkway|villas?|esplanade|promenade|strand|boulevard|blvd|spinney|paddock|manor|farm|maltings|apartments?|residences?|highway|bypass|crofts|headland|causeway|ginnel|snicket|ropewalk|goit';
/** Words that end one only where it is written as a name: "3 Bath Side", not "the 2 lights in the hall". */
const NAMES =
  'park|view|green|gate|yards?|house|mills?|lofts?|buildings?|towers?|point|fold|dale|end|bank|side|chase|brow|reach|basin|steps|slip|plain|staithe|weir|lock|ferry|gantry|hollow|edge|chambers|exchange|foundry|works|approach|common|cross|orchard|ridge|meadows?|fields?|back|bridge|canal|dock|embankment|hall|barn|stables|studios?|top|moor|wood|woods|lawns?|close|garth|nook|cliff|beck|wells?|holme?|leys|lea|garage|hotel|pastures?|warren|copse|dene|glen|island|north|south|east|west|head|bottom|sands|quadrant|range|port|haven|marina|landing|centre|bower|oval|gardens';
const FLOOR = '(?:lower |upper )?(?:ground|first|second|third|fourth|fifth|top|basement|garden|\\d(?:st|nd|rd|th))';
export const UNIT =
  '(?:' +
  [
    `(?:(?:garden|basement|ground|first|second|third|top|upper|lower|studio|annexe?|attic|${FLOOR}[ -]floor)[ -]+(?:floor[ -]+)?(?:flat|apartment|maisonette)|annexe?)(?:\\s*\\d{1,3}|\\s*\\([a-z]+\\))?`,
    `${FLOOR}[ -]floor(?:\\s+(?:left|right|front|rear|back))?`,
    '(?:flat|flt|apartment|apt)\\.?\\s*\\d{1,2}[FfGg]\\d{1,2}\\b',
    '(?:flat|flt|fl|apartment|apt|unit|room|rm|studio|suite|maisonette|bedsit|plot|block|bungalow|penthouse|loft|pod|villa)\\.?\\s*(?:(?:no|number)\\.?\\s*|#\\s*)?(?:\\d{1,4}\\s?/\\s?\\d{1,4}|\\d{1,4}(?:[./]\\d{1,3})?\\s?(?:[a-z]\\b)?)(?:\\s*\\((?:left|right|front|rear|back|[a-z ]*floor)\\))?',
    "(?:flat|flt|apartment|apt|unit|room|rm|block|studio|maisonette|penthouse|bedsit)\\s+[a-z]\\d{0,3}\\b(?![’'])",
    '(?:ground|first|second|third|top|basement)\\s+(?:left|right|centre)(?=[\\s,]+\\d)',
    '\\d{1,2}\\s?/\\s?\\d{1,2}(?=[\\s,]+\\d)',
    '\\d{1,2}[FfGg]\\d{1,2}(?=[\\s,]+\\d)',
  ].join('|') +
  ')';
export const NUMBER = '\\d{1,4}\\s?[a-z]?(?:\\s?[-–/&]\\s?\\d{1,4}[a-z]?)?';

export const STREET_END = new RegExp(`\\b(?:${STREETS}|${NAMES})\\.?$`, 'iu');
export const STREET_WORD = new RegExp(`^(?:${STREETS}|${NAMES})\\.?$`, 'iu');
export const SURE_STREET_WORD = new RegExp(`^(?:${STREETS})\\.?$`, 'iu');
/** `Kirkgate`, `Broadway`, `Sandhurst`: one word that names a street by its ending. */
export const ONE_WORD_STREET = /^\p{Lu}\p{Ll}*(?:gate|way|side|wood|field|hurst|ley|croft|bank|mead|cliff|dene|fields|lands|view)$/u;
/** A house or a building with a name and no number. */
export const NAMED =
  /^(?:the\s+)?(?:[\p{L}\d'’.-]+\s+){0,4}(?:house|cottages?|lodge|rectory|vicarage|farm(?:house)?|barn|hall|mill|manor|villas?|court|mews|foundry|lofts?|towers?|heights|apartments|mansions?|buildings?|wharf|gatehouse|bungalow|stables|granary|chapel|school ?house|forge|point|grange|priory|residence|maltings|studios?|exchange|chambers|quays?|works|yard|gardens|place|halls?|block|warehouse|printworks|brewery|hollies|nook|dairy|annexe?|store|stores|oast|oasthouse|creamery|bakery|shop|school|station|inn|arms|toll ?house|croft|steading|bothy|byre|cabin|retreat|rest|view|den|nest|hideaway|cot|gables?)$/iu;
/** Words that an address does not have, so a phrase with one of them is prose. */
export const PROSE =
  /\b(is|isnt|are|was|were|has|have|had|my|our|your|we|i|i['’]m|im|it|its|it['’]s|and|not|please|can|cant|could|will|would|with|when|than|too|also|about|ago|days?|weeks?|months?|years?|hours?|minutes?|mins?|times?|cm|mm|metres?|inch(es)?|degrees|people|persons?|adults?|children|kids|photos?|pics?|pictures?|rings?|panels?|am|pm|today|yesterday|since|until|till|after|before|between|now|reset|this|that|there|fault|leaks?|leaking|broken|boilers?|radiators?|lights|bulbs|sockets|windows|doors|taps|keys|visits?|bedrooms?|beds?|who|which|because|but|so|just|still|again|only|all|both|out|up|down|off|for|from|jan(uary)?|feb(ruary)?|april|june|july|aug(ust)?|sept(ember)?|oct(ober)?|nov(ember)?|dec(ember)?|monday|tuesday|wednesday|thursday|friday|saturday|sunday|thanks|regards|hello|hi|dear|tel|mobile|phone|call|sent|wrote|quid|pounds|litres?|bar|watts?|amps?|volts?)\b/i;
const TOWN_NAMES =
  'london|birmingham|leeds|glasgow|sheffield|bradford|liverpool|edinburgh|manchester|bristol|wakefield|cardiff|coventry|nottingham|leicester|sunderland|belfast|newcastle(?: upon tyne| under lyme)?|brighton(?: and hove)?|hove|hull|plymouth|stoke(?:-on-trent)?|wolverhampton|derby|swansea|southampton|salford|aberdeen|portsmouth|york|peterborough|dundee|lancaster|oxford|newport|preston|cambridge|norwich|chester|exeter|gloucester|bath|reading|bolton|blackpool|luton|milton keynes|northampton|swindon|warrington|huddersfield|middlesbrough|poole|bournemouth|stockport|rotherham|oldham|doncaster|ipswich|slough|watford|gateshead|crawley|worcester|lincoln|colchester|basildon|harrogate|halifax|durham|carlisle|hereford|wigan|barnsley|rochdale|croydon|guildford|woking|maidstone|chelmsford|bedford|darlington|scunthorpe|grimsby|burnley|solihull|dudley|walsall|truro|inverness|perth|stirling|bangor|wrexham|hastings|eastbourne|canterbury|dover|folkestone|cheltenham|taunton|torquay|weymouth|salisbury|winchester|basingstoke|andover|aldershot|farnborough|bracknell|maidenhead|high wycombe|aylesbury|st\\.? albans|hemel hempstead|stevenage|hatfield|harlow|southend(?:-on-sea)?|telford|shrewsbury|stafford|burton(?: upon trent)?|tamworth|nuneaton|rugby|leamington(?: spa)?|kettering|corby|loughborough|mansfield|chesterfield|buxton|macclesfield|crewe|keighley|skipton|otley|ilkley|pudsey|morley|batley|dewsbury|castleford|pontefract|selby|scarborough|whitby|hartlepool|south shields|tynemouth|whitley bay|sale|altrincham|bury|ashton(?:-under-lyne)?|birkenhead|southport|st\\.? helens|widnes|runcorn|paisley|ayr|kilmarnock|falkirk|livingston|dunfermline|kirkcaldy|barry|llandudno|aberystwyth|lisburn|derry|bangor|twickenham|richmond|kingston(?: upon thames)?|wimbledon|ealing|harrow|enfield|barnet|romford|ilford|bromley|sutton|hounslow|wembley|tottenham|walthamstow|stratford|lowestoft|great yarmouth|kings lynn|bury st edmunds|gillingham|rochester|chatham|dartford|gravesend|worthing|bognor regis|chichester|horsham|redhill|epsom|bicester|banbury|abingdon|didcot|newbury|weston-super-mare|clevedon|bridgwater|yeovil|barnstaple|penzance|falmouth|newquay';
const COUNTY_NAMES =
  '(?:north|south|east|west) (?:yorkshire|sussex|midlands|lothian)|yorkshire|lancashire|greater manchester|merseyside|cheshire|derbyshire|nottinghamshire|lincolnshire|leicestershire|staffordshire|warwickshire|worcestershire|herefordshire|shropshire|norfolk|suffolk|essex|kent|surrey|hampshire|berkshire|buckinghamshire|oxfordshire|hertfordshire|bedfordshire|cambridgeshire|northamptonshire|gloucestershire|wiltshire|dorset|somerset|devon|cornwall|tyne and wear|county durham|northumberland|cumbria|gwynedd|powys|dyfed|clwyd|gwent|fife|middlesex';
export const TOWNS = new RegExp(`\\b(?:${TOWN_NAMES}|${COUNTY_NAMES})\\b`, 'gi');
export const TOWN_START = new RegExp(`^(?:${TOWN_NAMES}|${COUNTY_NAMES})\\b`, 'i');
export const TOWN_ONLY = new RegExp(`^(?:${TOWN_NAMES}|${COUNTY_NAMES})$`, 'i');
const TOWN_WORDS = new Set(`${TOWN_NAMES}|${COUNTY_NAMES}`.match(/[a-z]+/g));

/** False where no town can stand at the end: far quicker than to look for one. */
export function endsLikeTown(text: string): boolean {
  return TOWN_WORDS.has(/[a-z]+$/i.exec(text.slice(-40))?.[0].toLowerCase() ?? '');
}
