create table if not exists products (
    sku         text primary key,
    name        text not null,
    note        text not null,
    flag        text not null check (flag ~ '^[a-z]$'),
    price_cents bigint not null check (price_cents > 0)
);

create table if not exists orders (
    number           bigint generated always as identity (start with 1001) primary key,
    sku              text not null references products,
    quantity         integer not null check (quantity between 1 and 99),
    unit_price_cents bigint not null,
    placed_at        timestamptz not null default now()
);

insert into products (sku, name, note, flag, price_cents) values
    ('sea-bag',      'Canvas sea bag', 'Brass eyelets',      'c',  6400),
    ('deck-lamp',    'Deck lamp',      'Solid brass',        'd',  8950),
    ('enamel-mug',   'Enamel mug',     'Navy rim, 350 ml',   'e',  1250),
    ('mooring-line', 'Line, braided',  '14 mm, 20 m',        'l',  4800),
    ('pilot-jacket', 'Pilot jacket',   'Melton wool, lined', 'p', 18900),
    ('watch-cap',    'Watch cap',      'Ribbed merino',      'w',  2900)
on conflict do nothing;

insert into orders (sku, quantity, unit_price_cents, placed_at)
select p.sku, o.quantity, p.price_cents, now() - o.age
from (values
    ('enamel-mug',   12, interval '2 days 4 hours'),
    ('mooring-line',  2, interval '1 day 7 hours'),
    ('pilot-jacket',  1, interval '22 hours'),
    ('watch-cap',     6, interval '5 hours'),
    ('deck-lamp',     2, interval '50 minutes')
) as o (sku, quantity, age)
join products p using (sku)
where not exists (select from orders)
order by o.age desc;
