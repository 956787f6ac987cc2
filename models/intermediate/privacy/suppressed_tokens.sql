-- A forgotten person is known by address, phone number and CRM id, and by the further addresses and ids that the CRM has of
-- them. Stored are tokens, which do not tell who it was.
{% if not has_suppressions() %}
select cast(null as bigint) as token
where false
{% else %}
with recursive

crm_names as (

    select * from {{ ref('crm_names') }}
    where is_newest

),

secret as (

    {{ secret_pads() }}

),

forgotten as (

    select names.name
    from {{ ref('mentioned_names') }} as names
    cross join secret
    where {{ keyed_hash('names.name') }} in ({{ suppressed_hashes() }})

),

-- A number that several others have is a switchboard's and names none of them.
phones_of_one as (

    select crm_names.phone_name
    from crm_names
    inner join forgotten as phones on crm_names.phone_name = phones.name
    left join forgotten as records on crm_names.record_name = records.name
    left join forgotten as emails on crm_names.email_name = emails.name
    where records.name is null and emails.name is null
    group by crm_names.phone_name
    having count(distinct coalesce(crm_names.email_name, crm_names.record_name)) = 1

),

shared_emails as (

    select distinct crm_names.email_name
    from crm_names
    inner join {{ ref('shared_mailboxes') }} as mailboxes
        on
            lower(mailboxes.mailbox)
            in (substr(crm_names.email_name, 7), split_part(substr(crm_names.email_name, 7), '@', 1) || '@')

),

links as (

    select
        crm_names.record_name as name,
        crm_names.email_name as linked_name
    from crm_names
    left join shared_emails on crm_names.email_name = shared_emails.email_name
    where crm_names.email_name like 'email:_%@_%' and shared_emails.email_name is null
    {{ union_distinct() }}
    select
        record_name as name,
        merged_into_name as linked_name
    from crm_names
    where merged_into_name is not null
    {{ union_distinct() }}
    select
        crm_names.record_name as name,
        crm_names.phone_name as linked_name
    from crm_names
    inner join phones_of_one on crm_names.phone_name = phones_of_one.phone_name

),

both_ways as (

    select
        name,
        linked_name
    from links
    {{ union_distinct() }}
    select
        linked_name as name,
        name as linked_name
    from links

),

{{ all_reached(
    'reached', columns=['name'], start='select name from forgotten',
    links='inner join both_ways on reached.name = both_ways.name', next=['both_ways.linked_name']
) }},

-- A number that somebody else has too is not the person's name.
phones as (

    select crm_names.phone_name as name
    from crm_names
    left join reached on crm_names.record_name = reached.name
    where crm_names.phone_name is not null
    group by crm_names.phone_name
    having count(crm_names.record_name) = count(reached.name)
    {{ union_distinct() }}
    select forgotten.name
    from forgotten
    left join crm_names on forgotten.name = crm_names.phone_name
    where forgotten.name like 'phone:%' and crm_names.phone_name is null

),

names as (

    select name from reached
    where name not like 'phone:%'
    {{ union_distinct() }}
    select crm_names.any_record_name as name
    from crm_names
    inner join reached on crm_names.record_name = reached.name
    {{ union_distinct() }}
    select name from phones

)

select {{ suppression_token('name') }} as token
from names
where name is not null
{% endif %}
